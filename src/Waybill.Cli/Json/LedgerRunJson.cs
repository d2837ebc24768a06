using Waybill.Engine;

namespace Waybill.Cli.Json;

/// <summary>A run that has something to be looked after.</summary>
internal sealed record LedgerRunJson(string Id, string Purpose, string Application, string Started, bool Running, string? BundleName, LedgerEntryJson[] Entries)
{
    public static LedgerRunJson Of(LedgerRun run) => new(
        run.Id.ToString(),
        EngineWords.Of(run.Purpose),
        run.Application,
        run.Started.ToString(),
        run.IsRunning,
        JsonText.KnownOrNull(run.BundleName),
        [.. run.Entries.Select(LedgerEntryJson.Of)]);
}
