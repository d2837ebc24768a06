using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>How the writer knew what changed.</summary>
internal sealed record ChangeJson(
    string Kind,
    string? Provider,
    string? BaseHandle,
    string? TargetHandle,
    long ReportedRanges,
    long ReportedBytes,
    string? Reason)
{
    public static ChangeJson Of(ChangeReport change) => new(
        JsonText.Of(change.Kind),
        JsonText.KnownOrNull(change.Provider),
        JsonText.KnownOrNull(change.BaseHandle),
        JsonText.KnownOrNull(change.TargetHandle),
        change.ReportedRanges,
        change.ReportedBytes,
        JsonText.KnownOrNull(change.Reason));
}
