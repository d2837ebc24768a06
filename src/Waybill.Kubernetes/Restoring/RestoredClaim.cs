namespace Waybill.Kubernetes;

/// <summary>What a restore does, or did, with the data behind a claim.</summary>
/// <param name="Volume">The name of its stream in the point.</param>
/// <param name="Claim">The claim in the cluster, <c>NAMESPACE/NAME</c>.</param>
/// <param name="Action">What is done.</param>
public sealed record RestoredClaim(string Volume, string Claim, ClaimAction Action)
{
    /// <summary>Gets whether the data was read back and is what the point holds.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Gets why it failed; <see langword="null"/> if it did not.</summary>
    public WaybillException? Problem { get; init; }
}
