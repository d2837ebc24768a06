namespace Waybill.Kubernetes;

/// <summary>What a claim gets on its way into a cluster because data follows it.</summary>
/// <param name="BundleId">The bundle the data comes from, which is written on the claim until, and after, it is filled.</param>
/// <param name="Length">The size its volume needs at least, in bytes; 0 if what the claim asks for is enough.</param>
internal sealed record ClaimPreparation(string BundleId, long Length);
