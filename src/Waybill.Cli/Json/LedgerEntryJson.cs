using Waybill.Engine;

namespace Waybill.Cli.Json;

/// <summary>Something that a run made outside, or was about to make.</summary>
internal sealed record LedgerEntryJson(int Number, string Kind, string Provider, string Name, string? Volume, string? Id, string State, bool Open)
{
    public static LedgerEntryJson Of(LedgerEntry entry) => new(
        entry.Number,
        EngineWords.Of(entry.Kind),
        entry.Provider,
        entry.Name,
        entry.Volume.IsDefault ? null : entry.Volume.ToString(),
        JsonText.KnownOrNull(entry.Id),
        EngineWords.Of(entry.State),
        entry.IsOpen);
}
