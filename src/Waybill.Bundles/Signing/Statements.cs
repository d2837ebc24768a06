using Google.Protobuf;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Signing;

/// <summary>Builds the payloads of statements, and tells whether one speaks of a bundle (S-02).</summary>
internal static class Statements
{
    public const string ContentType = "application/vnd.waybill.content-statement.v1+protobuf";
    public const string StorageType = "application/vnd.waybill.storage-statement.v1+protobuf";

    public static byte[] BuildContent(BundleId bundleId, Digest manifestDigest) =>
        new Wire.ContentStatement { BundleId = bundleId.ToWire(), ManifestDigest = manifestDigest.ToWire() }.ToByteArray();

    public static byte[] BuildStorage(BundleId bundleId, Digest manifestDigest, StorageFacts storage) =>
        new Wire.StorageStatement
        {
            BundleId = bundleId.ToWire(),
            ManifestDigest = manifestDigest.ToWire(),
            StoredRoot = storage.StoredRoot.ToWire(),
            RecordCount = (ulong)storage.RecordCount,
            StoredLength = (ulong)storage.StoredLength,
        }.ToByteArray();

    /// <summary>Compares a content statement with a bundle.</summary>
    /// <returns>What does not fit; <see langword="null"/> if it speaks of this bundle.</returns>
    public static string? FindContentProblem(ReadOnlySpan<byte> payload, BundleFacts bundle)
    {
        try
        {
            Wire.ContentStatement wire = StrictMessage.Parse(Wire.ContentStatement.Parser, Wire.ContentStatement.Descriptor, payload, 0);
            return FindProblem(wire.BundleId, wire.ManifestDigest, bundle);
        }
        catch (BundleFormatException e)
        {
            return "The payload cannot be read: " + e.Message;
        }
    }

    /// <summary>Compares a storage statement with a bundle as far as its facts go.</summary>
    /// <returns>What does not fit; <see langword="null"/> if it speaks of this bundle, or may do so when <see cref="BundleFacts.Storage"/> is not known.</returns>
    public static string? FindStorageProblem(ReadOnlySpan<byte> payload, BundleFacts bundle)
    {
        try
        {
            Wire.StorageStatement wire = StrictMessage.Parse(Wire.StorageStatement.Parser, Wire.StorageStatement.Descriptor, payload, 0);
            return FindProblem(wire.BundleId, wire.ManifestDigest, bundle) ?? bundle.Storage switch
            {
                null => null,
                { } s when !Equal(wire.StoredRoot, s.StoredRoot) => "The statement speaks of other stored bytes (another stored root)",
                { } s when wire.RecordCount != (ulong)s.RecordCount => "The statement speaks of another number of records",
                { } s when wire.StoredLength != (ulong)s.StoredLength => "The statement speaks of another stored length",
                _ => null,
            };
        }
        catch (BundleFormatException e)
        {
            return "The payload cannot be read: " + e.Message;
        }
    }

    private static string? FindProblem(ByteString bundleId, ByteString manifestDigest, BundleFacts bundle) =>
        !bundleId.Span.SequenceEqual(bundle.BundleId.ToByteArray()) ? "The statement speaks of another bundle"
        : !Equal(manifestDigest, bundle.ManifestDigest) ? "The statement speaks of other content (another manifest)"
        : null;

    private static bool Equal(ByteString bytes, Digest digest) => bytes.Span.SequenceEqual(digest.ToByteArray());
}
