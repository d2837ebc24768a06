using Waybill.Bundles;

namespace Waybill.Catalog;

/// <summary>A volume, a tree of files or another stream, as one point has it, and where it lived then. An empty text means not known.</summary>
/// <param name="Id">Its identity, the same in every point of a lineage.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Name">Its name in the bundle.</param>
/// <param name="Length">Its size in bytes.</param>
public sealed record CatalogStreamInfo(StreamId Id, StreamKind Kind, string Name, long Length)
{
    /// <summary>Gets the number of entries of a stream of entries.</summary>
    public long Entries { get; init; }

    /// <summary>Gets how many parts could not be read when the point was made.</summary>
    public long Gaps { get; init; }

    /// <summary>Gets how many bytes of content the bundle holds itself.</summary>
    public long DataBytes { get; init; }

    /// <summary>Gets how many bytes it takes in the bundle.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Gets what was known of the volume.</summary>
    public VolumeFacts Volume { get; init; } = new();

    /// <summary>Gets the snapshot it was read from, by the platform's name.</summary>
    public string Snapshot { get; init; } = "";

    /// <summary>Gets whether this is data of its own, as opposed to definitions and to the list of the files of a tree.</summary>
    public bool IsData => Kind is StreamKind.BlockVolume or StreamKind.FileData or StreamKind.Bytes;
}
