using System.Buffers.Binary;

namespace Waybill.Vectors.Sketches;

/// <summary>A zstd frame written block by block (RFC 8878, section 3.1.1).</summary>
internal sealed class ZstdFrame
{
    private readonly List<byte> _encoded = [0x28, 0xB5, 0x2F, 0xFD];

    private ZstdFrame()
    {
    }

    public byte[] Encoded => [.. _encoded];

    /// <summary>A frame with a window, 2^(10 + <paramref name="windowExponent"/>), and no content size.</summary>
    public static ZstdFrame Windowed(int windowExponent = 6)
    {
        var frame = new ZstdFrame();
        frame._encoded.AddRange([0x00, (byte)(windowExponent << 3)]);
        return frame;
    }

    /// <summary>A frame of a single segment with a content size of four bytes.</summary>
    public static ZstdFrame SingleSegment(int contentSize)
    {
        var frame = new ZstdFrame();
        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, contentSize);
        frame._encoded.Add(0xA0);
        frame._encoded.AddRange(size);
        return frame;
    }

    /// <summary>A frame that begins with bytes of the caller's choice after the magic.</summary>
    public static ZstdFrame Custom(params byte[] header)
    {
        var frame = new ZstdFrame();
        frame._encoded.AddRange(header);
        return frame;
    }

    public ZstdFrame Raw(byte[] bytes, bool last = false) => Block(0, bytes.Length, bytes, last);

    public ZstdFrame Repeat(byte value, int count, bool last = false) => Block(1, count, [value], last);

    /// <summary>Adds a block of any type, size and content.</summary>
    public ZstdFrame Block(int type, int size, byte[] content, bool last)
    {
        int header = (last ? 1 : 0) | (type << 1) | (size << 3);
        _encoded.AddRange([(byte)header, (byte)(header >> 8), (byte)(header >> 16)]);
        _encoded.AddRange(content);
        return this;
    }
}
