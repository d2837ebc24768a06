namespace Waybill.Bundles;

/// <summary>What the manifest says of one stream.</summary>
public sealed record StreamInfo
{
    /// <summary>Gets its number in this bundle, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>Gets its identity, the same in every bundle of the lineage.</summary>
    public required StreamId Id { get; init; }

    /// <summary>Gets what it holds.</summary>
    public required StreamKind Kind { get; init; }

    /// <summary>Gets its name, unique among the streams of its kind.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the unit of presence in bytes.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Gets the size of a cell in bytes.</summary>
    public required int CellSize { get; init; }

    /// <summary>Gets the root of the parent's stream; the default value if this stream stands alone.</summary>
    public Digest ParentRoot { get; init; }

    /// <summary>Gets the virtual length of the parent's stream.</summary>
    public long ParentLength { get; init; }

    /// <summary>Gets the size of the content in bytes.</summary>
    public required long VirtualLength { get; init; }

    /// <summary>Gets the number of leaves.</summary>
    public required long LeafCount { get; init; }

    /// <summary>Gets the stream root, specification section 6.</summary>
    public required Digest Root { get; init; }

    /// <summary>Gets the root the content would have in a full bundle; the default value if the writer did not read everything.</summary>
    public Digest ContentRoot { get; init; }

    /// <summary>Gets how many bytes of content this bundle holds itself, before compression.</summary>
    public long DataBytes { get; init; }

    /// <summary>Gets how many bytes of the bundle its chunks take.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Gets the number of entries of a stream of entries.</summary>
    public long EntryCount { get; init; }

    /// <summary>Gets how many parts of a file tree could not be read.</summary>
    public long GapCount { get; init; }

    /// <summary>Gets how changes were found.</summary>
    public ChangeReport Change { get; init; } = new(ChangeKind.Unspecified);

    /// <summary>Gets what is known of the volume, for block volumes.</summary>
    public VolumeFacts? Volume { get; init; }

    /// <summary>Gets whether the stream needs the parent's content.</summary>
    public bool HasParent => !ParentRoot.IsDefault;

    internal long IndexOffset { get; init; }

    internal int IndexPayloadLength { get; init; }

    internal int IndexLevel { get; init; }
}
