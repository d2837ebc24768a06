using Waybill.Engine;

namespace Waybill.Cli.Json;

/// <summary>What <c>app protect --json</c> prints.</summary>
internal sealed record AppProtectReport
{
    public string Schema { get; init; } = "waybill.app.protect.v1";

    /// <summary>Gets the bundle's name in the store.</summary>
    public required string BundleName { get; init; }

    /// <summary>Gets its file.</summary>
    public required string File { get; init; }

    public required long FileBytes { get; init; }

    public required BundleJson Bundle { get; init; }

    public required string Consistency { get; init; }

    /// <summary>Gets why the point is not more consistent; null if it is as was asked.</summary>
    public required string? WhyNotMoreConsistent { get; init; }

    /// <summary>Gets why the point builds on none; null if it builds on one.</summary>
    public required string? WhyFull { get; init; }

    public required VolumePlanJson[] Volumes { get; init; }

    public required long ResumedBytes { get; init; }

    public required long SelfCheckedBytes { get; init; }

    /// <summary>Gets what could not be cleaned up; it is in the ledger.</summary>
    public required ProblemJson[] CleanupProblems { get; init; }

    /// <summary>Gets what of an application of a cluster could not be read.</summary>
    public required CaptureGapJson[] Gaps { get; init; }

    public static AppProtectReport Of(ProtectResult result, string file, CaptureGapJson[] gaps) => new()
    {
        BundleName = result.BundleName,
        File = file,
        FileBytes = result.BundleLength,
        Bundle = BundleJson.Of(result.Manifest),
        Consistency = JsonText.Of(result.Evidence.Level),
        WhyNotMoreConsistent = JsonText.KnownOrNull(result.WhyNotMoreConsistent),
        WhyFull = JsonText.KnownOrNull(result.WhyFull),
        Volumes = [.. result.Volumes.Select(VolumePlanJson.Of)],
        ResumedBytes = result.ResumedBytes,
        SelfCheckedBytes = result.SelfCheckedBytes,
        CleanupProblems = [.. result.CleanupProblems.Select(ProblemJson.Of)],
        Gaps = gaps,
    };
}
