using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>A hashed statement about a run of a stream, spec 4.1.</summary>
internal readonly record struct Leaf(LeafState State, long Offset, long Length, long ContentLength, Digest Digest)
{
    public const int Size = 64;

    public long End => Offset + Length;

    public bool HasChunk => State is LeafState.Data or LeafState.Masked;

    public static Leaf Run(LeafState state, long offset, long length) => new(state, offset, length, 0, default);

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, (ulong)State);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], ContentLength);
        Digest.CopyTo(destination.Slice(32, 32));
    }

    /// <summary>Reads a descriptor and checks what can be checked without its neighbours (M-02, M-06 and the table of states).</summary>
    public static Leaf Read(ReadOnlySpan<byte> source, long place)
    {
        ulong state = BinaryPrimitives.ReadUInt64LittleEndian(source);
        var leaf = new Leaf(
            (LeafState)(byte)state,
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            new Digest(source.Slice(32, 32)));

        if (state is < 1 or > 4)
        {
            throw Invalid("A leaf has an unknown state or reserved bytes that are not zero", place);
        }

        if (leaf.Offset < 0 || leaf.Length < 0 || leaf.Offset > long.MaxValue - leaf.Length)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A leaf lies beyond 2^63 - 1") { Offset = place };
        }

        if (leaf.Length == 0)
        {
            throw Invalid("A leaf is empty", place);
        }

        if (leaf.State == LeafState.Masked && (leaf.ContentLength == 0 || leaf.ContentLength == leaf.Length))
        {
            throw new BundleFormatException(WaybillErrorCode.NotCanonical, "A masked cell has no block or every block present") { Offset = place };
        }

        bool consistent = leaf.State switch
        {
            LeafState.Data => leaf.ContentLength == leaf.Length && leaf.Length <= BundleFormat.MaxCellSize,
            LeafState.Masked => leaf.ContentLength >= 0 && leaf.ContentLength < leaf.Length && leaf.Length <= BundleFormat.MaxCellSize,
            _ => leaf.ContentLength == 0 && leaf.Digest.IsDefault,
        };
        return consistent ? leaf : throw Invalid("A leaf's content length or digest does not fit its state", place);
    }

    private static BundleFormatException Invalid(string message, long place) =>
        new(WaybillErrorCode.LeavesInvalid, message) { Offset = place };
}
