using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What was found in one bundle.</summary>
internal sealed record VerifiedBundleJson
{
    public required string File { get; init; }

    public required bool Valid { get; init; }

    public required bool Complete { get; init; }

    /// <summary>Gets whether the content of every stream was opened and is as it must be; what a key does not open is not.</summary>
    public required bool ContentVerified { get; init; }

    /// <summary>Gets what the keys given open: <c>metadata</c>, <c>data</c> or <c>all</c>; null if nothing was opened.</summary>
    public required string? Opened { get; init; }

    /// <summary>Gets the streams whose content nobody looked at.</summary>
    public required UncheckedStreamJson[] Unchecked { get; init; }

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
        ContentVerified = report.IsComplete && report.Problem is null && report.Scopes != KeyScopes.None && report.UncheckedStreams.IsEmpty,
        Opened = report.Scopes == KeyScopes.None ? null : JsonText.Of(report.Scopes),
        Unchecked = [.. report.UncheckedStreams.Select(UncheckedStreamJson.Of)],
        Problem = ProblemJson.OfOrNull(report.Problem),
        Records = report.Records,
        Cells = report.Cells,
        ContentBytes = report.ContentBytes,
        BundleBytes = report.BundleBytes,
        Manifest = report.Manifest is { } manifest ? BundleJson.Of(manifest) : null,
    };
}
