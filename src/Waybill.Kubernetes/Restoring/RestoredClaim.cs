using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>What a restore does, or did, with the data behind a claim.</summary>
/// <param name="Volume">The name of its stream in the point.</param>
/// <param name="Claim">The claim in the cluster, <c>NAMESPACE/NAME</c>.</param>
/// <param name="Action">What is done.</param>
public sealed record RestoredClaim(string Volume, string Claim, ClaimAction Action)
{
    /// <summary>Gets whether the data was read back and is what the point holds; for files that is said of names, types, links and content.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Gets, for files, what could not be restored as it was.</summary>
    public ImmutableArray<FileRestoreProblem> FileProblems { get; init; } = [];

    /// <summary>Gets, for files, those that are damaged in the bundle and were left out.</summary>
    public ImmutableArray<FilePath> DamagedFiles { get; init; } = [];

    /// <summary>Gets why it failed; <see langword="null"/> if it did not.</summary>
    public WaybillException? Problem { get; init; }
}
