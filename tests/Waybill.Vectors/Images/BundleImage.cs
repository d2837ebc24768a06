using Waybill.Bundles.Format;
using Waybill.Bundles.Signing;

namespace Waybill.Vectors.Images;

/// <summary>
/// A bundle as a list of records that can be rearranged and falsified. <see cref="ToBytes"/> fills in everything that follows from the
/// records (places, checksums, tiles, nodes, roots, manifest, trailer), so that exactly the intended fault remains.
/// </summary>
internal sealed class BundleImage
{
    public required BundleId Id { get; init; }

    public ushort Minor { get; set; }

    public Features Features { get; set; }

    public List<ImageRecord> Records { get; } = [];

    /// <summary>Gets what the manifest says beyond what the records say: identity, groups, tags and facts on streams.</summary>
    public required Bundles.Wire.Manifest Manifest { get; init; }

    /// <summary>Gets or sets what changes the preamble before its checksum is made.</summary>
    public Action<byte[]>? EditPreamble { get; set; }

    /// <summary>Gets or sets what changes the trailer before its checksum is made.</summary>
    public Action<byte[]>? EditTrailer { get; set; }

    /// <summary>Gets or sets whether there is a trailer.</summary>
    public bool HasTrailer { get; set; } = true;

    /// <summary>Gets or sets what replaces the finished bytes.</summary>
    public Func<byte[], byte[]>? EditBytes { get; set; }

    /// <summary>Gets or sets how the image is encrypted, if it is.</summary>
    public ImageSealing? Sealing { get; set; }

    /// <summary>Gets or sets whether the trailer states the stored root.</summary>
    public bool HasStoredRoot { get; set; }

    /// <summary>Gets the facts on the stored bytes up to the manifest as last laid out.</summary>
    public StorageFacts? Storage { get; set; }

    /// <summary>Gets the digest of the manifest as last laid out.</summary>
    public Digest ManifestDigest { get; set; }

    /// <summary>Gets what STREAM_END said of each stream when last laid out.</summary>
    public Dictionary<int, Bundles.Wire.StreamResult> Results { get; } = [];

    public byte[] ToBytes()
    {
        byte[] bytes = new ImageLayout(this).Run();
        return EditBytes?.Invoke(bytes) ?? bytes;
    }

    /// <summary>Finds a record by type and position among the records of that type; negative positions count from the last.</summary>
    public ImageRecord Find(RecordType type, int index = 0)
    {
        List<ImageRecord> all = [.. Records.Where(r => r.Type == type)];
        return all[index < 0 ? all.Count + index : index];
    }

    public void InsertBefore(ImageRecord place, ImageRecord record) => Records.Insert(Records.IndexOf(place), record);

    public void InsertAfter(ImageRecord place, ImageRecord record) => Records.Insert(Records.IndexOf(place) + 1, record);

    public void Move(ImageRecord record, ImageRecord before)
    {
        Records.Remove(record);
        InsertBefore(before, record);
    }
}
