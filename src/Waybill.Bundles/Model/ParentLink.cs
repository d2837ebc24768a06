namespace Waybill.Bundles;

/// <summary>Names the bundle that an incremental one builds on: by identity and digest, never by file name.</summary>
/// <param name="Id">The parent's id.</param>
/// <param name="ManifestDigest">The digest of the parent's manifest.</param>
public sealed record ParentLink(BundleId Id, Digest ManifestDigest);
