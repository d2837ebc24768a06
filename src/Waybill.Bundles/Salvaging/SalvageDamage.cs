namespace Waybill.Bundles;

/// <summary>A place of a bundle that is not as it should be.</summary>
/// <param name="Offset">Its first byte in the bundle as it is now.</param>
/// <param name="Length">The number of bytes; 0 where bytes are missing.</param>
/// <param name="Reason">What is wrong, in a sentence.</param>
public sealed record SalvageDamage(long Offset, long Length, string Reason);
