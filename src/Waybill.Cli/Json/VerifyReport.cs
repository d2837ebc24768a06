using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What <c>bundle verify --json</c> prints.</summary>
internal sealed record VerifyReport
{
    public string Schema { get; init; } = "waybill.bundle.verify.v1";

    /// <summary>Gets whether everything the recovery point needs was checked and is as it must be.</summary>
    public required bool Valid { get; init; }

    /// <summary>Gets whether besides that the content of every stream was opened and checked, in the parents too if they were.</summary>
    public required bool ContentVerified { get; init; }

    /// <summary>Gets <c>chain</c> if everything the bundle builds on was checked as well, <c>bundle</c> if not, <c>storage</c> if only how it is stored.</summary>
    public required string Checked { get; init; }

    /// <summary>Gets why the parents were not checked, if they should have been.</summary>
    public required ProblemJson? ParentsProblem { get; init; }

    public required VerifiedBundleJson Bundle { get; init; }

    /// <summary>Gets what its signatures amount to; null if the end of the bundle was not reached.</summary>
    public required SignaturesJson? Signatures { get; init; }

    /// <summary>Gets the bundles it builds on, newest first.</summary>
    public required VerifiedBundleJson[] Parents { get; init; }

    /// <summary>Gets what a check without a key found.</summary>
    public static VerifyReport OfStorage(VerificationReport report, bool demanded) => new()
    {
        Valid = report.IsValid,
        ContentVerified = false,
        Checked = "storage",
        ParentsProblem = null,
        Bundle = VerifiedBundleJson.Of(report),
        Signatures = report.Signatures is { } signatures ? SignaturesJson.OfStorage(signatures, demanded) : null,
        Parents = [],
    };
}
