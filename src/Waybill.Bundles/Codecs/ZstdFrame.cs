using System.Buffers.Binary;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Codecs;

/// <summary>Walks the blocks of a zstd frame (RFC 8878) without decoding them.</summary>
internal static class ZstdFrame
{
    private const uint Magic = 0xFD2FB528;

    /// <summary>
    /// Whether the bytes are exactly one frame without dictionary. The decoder would accept several frames and skippable ones in a row,
    /// which the format does not (spec 4.5).
    /// </summary>
    public static bool IsSingleFrame(ReadOnlySpan<byte> source)
    {
        if (source.Length < 6 || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
        {
            return false;
        }

        int descriptor = source[4];
        bool singleSegment = (descriptor & 0x20) != 0;
        bool hasChecksum = (descriptor & 0x04) != 0;
        bool hasDictionary = (descriptor & 0x03) != 0;
        if (hasDictionary || (descriptor & 0x08) != 0)
        {
            return false;
        }

        // The decoder's own limit holds for its streaming form only. Window_Descriptor: exponent in 5 bits, mantissa in 3.
        int window = singleSegment ? 0 : source[5];
        if ((window >> 3) + 10 > BundleFormat.MaxZstdWindowLog || ((window >> 3) + 10 == BundleFormat.MaxZstdWindowLog && (window & 7) != 0))
        {
            return false;
        }

        int contentSizeField = (descriptor >> 6) switch
        {
            0 => singleSegment ? 1 : 0,
            1 => 2,
            2 => 4,
            _ => 8,
        };
        int position = 5 + (singleSegment ? 0 : 1) + contentSizeField;
        bool last = false;
        while (!last)
        {
            if (source.Length - position < 3)
            {
                return false;
            }

            int header = source[position] | source[position + 1] << 8 | source[position + 2] << 16;
            last = (header & 1) != 0;
            int type = header >> 1 & 3;
            int size = type == 1 ? 1 : header >> 3;
            position += 3;
            if (type == 3 || size > source.Length - position)
            {
                return false;
            }

            position += size;
        }

        return position + (hasChecksum ? 4 : 0) == source.Length;
    }
}
