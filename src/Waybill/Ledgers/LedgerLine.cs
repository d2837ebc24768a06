using System.Text.Json.Serialization;

namespace Waybill.Engine;

/// <summary>One line of a ledger file.</summary>
internal sealed record LedgerLine
{
    public required LedgerVerb Verb { get; init; }

    public int Number { get; init; }

    public LedgerKind Kind { get; init; }

    public string Provider { get; init; } = "";

    public string Volume { get; init; } = "";

    public string Name { get; init; } = "";

    public string Id { get; init; } = "";

    public LedgerPurpose Purpose { get; init; }

    public string Application { get; init; } = "";

    public string Parent { get; init; } = "";

    public long Time { get; init; }

    public EvidenceRecord? Evidence { get; init; }

    public ApplicationRecord? Prepared { get; init; }
}

/// <summary>What a line of a ledger says.</summary>
internal enum LedgerVerb
{
    Begin = 1,
    Intend = 2,
    Created = 3,
    Released = 4,
    Kept = 5,
    Evidence = 6,
    Prepared = 7,
}

[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(LedgerLine))]
[JsonSerializable(typeof(ApplicationRecord))]
internal sealed partial class EngineJsonContext : JsonSerializerContext;
