using Waybill.Bundles;
using Waybill.Engine;

namespace Waybill.Cli.Json;

/// <summary>A point in a store; what its manifest would say is null if it cannot be read.</summary>
internal sealed record PointJson(
    string BundleName,
    long BundleBytes,
    string? Id,
    string? Application,
    string? ApplicationId,
    string? Created,
    bool? Incremental,
    string? Parent,
    string? Consistency,
    ProblemJson? Problem)
{
    public static PointJson Of(RecoveryPoint point) => new(
        point.BundleName,
        point.BundleLength,
        point.Id == default ? null : point.Id.ToString(),
        point.Manifest?.Application.Name,
        point.Manifest?.Application.Id.ToString(),
        point.Manifest?.Created.ToString(),
        point.Manifest?.IsIncremental,
        point.Manifest?.Parent?.Id.ToString(),
        point.Manifest is { } manifest ? JsonText.Of(LeastConsistency(manifest)) : null,
        ProblemJson.OfOrNull(point.Problem));

    // A point is worth what its worst part is.
    private static ConsistencyLevel LeastConsistency(BundleManifest manifest) =>
        manifest.Groups.Length == 0 ? ConsistencyLevel.Unknown : manifest.Groups.Min(group => group.Evidence.Level);
}
