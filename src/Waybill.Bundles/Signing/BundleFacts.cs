namespace Waybill.Bundles.Signing;

/// <summary>What statements are compared with: read from the bundle and checked there, never taken from a statement.</summary>
/// <param name="BundleId">The id in the preamble.</param>
/// <param name="ManifestDigest">Computed over the manifest's payload.</param>
/// <param name="Storage">Computed by reading every record; <see langword="null"/> if not every record was read.</param>
internal sealed record BundleFacts(BundleId BundleId, Digest ManifestDigest, StorageFacts? Storage = null);

/// <summary>The stored bytes of a bundle up to and with MANIFEST, spec 16.2.</summary>
internal sealed record StorageFacts(Digest StoredRoot, long RecordCount, long StoredLength);
