using Waybill.Cli.Keys;

namespace Waybill.Cli.Salvage;

/// <summary>What <c>bundle salvage</c> was asked to do.</summary>
internal sealed record SalvageRequest
{
    public required string Bundle { get; init; }

    public required string Target { get; init; }

    public IReadOnlyList<string> ParentDirectories { get; init; } = [];

    public required KeyRequest Keys { get; init; }

    public bool Json { get; init; }
}
