using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>The fixed part of a CHUNK payload, spec 4.2.</summary>
internal readonly record struct ChunkHeader(int StreamNumber, Leaf Leaf, BundleCodec Codec, int MaskLength, bool HasCellDigest)
{
    public const int Size = 64;

    public int RawLength => (int)Leaf.ContentLength;

    /// <summary>Gets the number of bytes before the encoded data.</summary>
    public int DataOffset => Size + (HasCellDigest ? Digest.Size : 0) + MaskLength;

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, StreamNumber);
        destination[4] = (byte)Leaf.State;
        destination[5] = (byte)Codec;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], (ushort)MaskLength);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Leaf.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Leaf.Length);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], RawLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], HasCellDigest ? 1u : 0u);
        Leaf.Digest.CopyTo(destination.Slice(32, 32));
    }

    /// <summary>Reads the header of a payload and checks it against the payload's length (C-02, M-13).</summary>
    public static ChunkHeader Read(ReadOnlySpan<byte> payload, bool zstdAllowed, long place)
    {
        if (payload.Length < Size)
        {
            throw Invalid("A chunk is shorter than its header", place);
        }

        uint streamNumber = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        if (streamNumber >= BundleFormat.MaxStreams)
        {
            throw Invalid("A chunk names a stream number above the limit", place);
        }

        var state = (LeafState)payload[4];
        var codec = (BundleCodec)payload[5];
        uint rawLength = BinaryPrimitives.ReadUInt32LittleEndian(payload[24..]);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(payload[28..]);
        int maskLength = BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]);
        bool shapeFits = state switch
        {
            LeafState.Data => maskLength == 0 && flags == 0,
            LeafState.Masked => maskLength > 0 && flags <= 1,
            _ => false,
        };
        if (!shapeFits)
        {
            throw Invalid("A chunk has a state, mask or flags that do not fit together", place);
        }

        if (rawLength > BundleFormat.MaxCellSize)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A chunk claims more bytes than a cell may have") { Offset = place };
        }

        Span<byte> descriptor = stackalloc byte[Leaf.Size];
        descriptor.Clear();
        descriptor[0] = (byte)state;
        payload.Slice(8, 16).CopyTo(descriptor[8..]);
        BinaryPrimitives.WriteUInt64LittleEndian(descriptor[24..], rawLength);
        payload.Slice(32, 32).CopyTo(descriptor[32..]);
        var header = new ChunkHeader((int)streamNumber, Leaf.Read(descriptor, place), codec, maskLength, flags == 1);
        header.CheckEncodedLength(payload.Length - header.DataOffset, zstdAllowed, place);
        return header;
    }

    private void CheckEncodedLength(int encodedLength, bool zstdAllowed, long place)
    {
        if (encodedLength <= 0)
        {
            throw Invalid("A chunk ends before its data", place);
        }

        bool fits = Codec switch
        {
            BundleCodec.None => encodedLength == RawLength,
            BundleCodec.Lz4 => RawLength <= (255L * encodedLength) + 64,
            BundleCodec.Zstd when zstdAllowed => true,
            _ => throw new BundleFormatException(WaybillErrorCode.CodecFailed, $"A chunk uses codec {(int)Codec}, which this bundle does not announce") { Offset = place },
        };
        if (!fits)
        {
            throw new BundleFormatException(WaybillErrorCode.CodecFailed, "A chunk's encoded length is impossible for what it claims to hold") { Offset = place };
        }

        if (Codec != BundleCodec.None && encodedLength >= RawLength)
        {
            throw new BundleFormatException(WaybillErrorCode.NotCanonical, "A chunk is compressed although that did not make it shorter") { Offset = place };
        }
    }

    private static BundleFormatException Invalid(string message, long place) =>
        new(WaybillErrorCode.LeavesInvalid, message) { Offset = place };
}
