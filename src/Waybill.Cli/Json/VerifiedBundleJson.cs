using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What was found in one bundle.</summary>
internal sealed record VerifiedBundleJson
{
    public required string File { get; init; }

    public required bool Valid { get; init; }

    public required bool Complete { get; init; }

    public required ProblemJson? Problem { get; init; }

    public required long Records { get; init; }

    public required long Cells { get; init; }

    public required long ContentBytes { get; init; }

    public required long BundleBytes { get; init; }

    /// <summary>Gets what the bundle says of itself; null if the manifest was not reached.</summary>
    public required BundleJson? Manifest { get; init; }

    public static VerifiedBundleJson Of(VerificationReport report) => new()
    {
        File = report.Name,
        Valid = report.IsComplete && report.Problem is null,
        Complete = report.IsComplete,
        Problem = ProblemJson.OfOrNull(report.Problem),
        Records = report.Records,
        Cells = report.Cells,
        ContentBytes = report.ContentBytes,
        BundleBytes = report.BundleBytes,
        Manifest = report.Manifest is { } manifest ? BundleJson.Of(manifest) : null,
    };
}
