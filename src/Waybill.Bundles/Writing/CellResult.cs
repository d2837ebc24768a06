using Waybill.Bundles.Format;

namespace Waybill.Bundles.Writing;

/// <summary>What is known of a cell's whole content after it was processed.</summary>
internal enum CellContent
{
    /// <summary>Part of it was not read.</summary>
    Unknown,

    /// <summary>All zeros.</summary>
    Zero,

    /// <summary>Has the digest given.</summary>
    Digest,
}

/// <summary>What became of one cell, or of a run of cells that needed no work: runs, or a chunk ready to be written.</summary>
internal sealed class CellResult
{
    public required long Length { get; init; }

    public CellContent Content { get; init; }

    public Digest ContentDigest { get; init; }

    public IReadOnlyList<Leaf>? Runs { get; init; }

    public Leaf Leaf { get; init; }

    public BundleCodec Codec { get; init; }

    /// <summary>Gets the payload behind room for what comes before it; belongs to the pipeline's pool.</summary>
    public byte[]? Buffer { get; init; }

    public int PayloadLength { get; init; }

    public uint? PayloadCrc { get; init; }

    public static CellResult Run(LeafState state, long offset, long length) => new()
    {
        Length = length,
        Content = state == LeafState.Zero ? CellContent.Zero : CellContent.Unknown,
        Runs = [Leaf.Run(state, offset, length)],
    };
}
