using System.Buffers;

namespace Waybill.Csi.Hosting;

/// <summary>Decodes the Huffman code of HPACK (RFC 7541, appendix B).</summary>
internal static class HpackHuffman
{
    private const int EndOfString = 256;
    private const int ShortestCode = 5;
    private const int LongestCode = 30;

    // The code is canonical: the lengths tell the codes. The last one is the end of a string.
    private static readonly byte[] s_lengths =
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    // For each length: the first code, and where its symbols begin among all of them.
    private static readonly int[] s_symbols = [.. Enumerable.Range(0, s_lengths.Length).OrderBy(symbol => s_lengths[symbol]).ThenBy(symbol => symbol)];
    private static readonly (uint FirstCode, int Count, int FirstSymbol)[] s_levels = MakeLevels();

    /// <summary>Decodes a string.</summary>
    /// <returns>The bytes; <see langword="null"/> if the code is not valid.</returns>
    public static byte[]? Decode(ReadOnlySpan<byte> coded)
    {
        var result = new ArrayBufferWriter<byte>(Math.Max(1, coded.Length * 8 / ShortestCode));
        uint code = 0;
        int length = 0;
        foreach (byte value in coded)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                code = (code << 1) | ((uint)(value >> bit) & 1);
                length++;
                (uint first, int count, int firstSymbol) = s_levels[length];
                if (code >= first && code - first < (uint)count)
                {
                    int symbol = s_symbols[firstSymbol + (int)(code - first)];
                    if (symbol == EndOfString)
                    {
                        return null;
                    }

                    result.GetSpan(1)[0] = (byte)symbol;
                    result.Advance(1);
                    (code, length) = (0, 0);
                }
                else if (length == LongestCode)
                {
                    return null;
                }
            }
        }

        // What is left over is padding: fewer than eight ones.
        return length < 8 && code == (1u << length) - 1 ? result.WrittenSpan.ToArray() : null;
    }

    private static (uint, int, int)[] MakeLevels()
    {
        var levels = new (uint, int, int)[LongestCode + 1];
        uint code = 0;
        int symbol = 0;
        for (int length = 1; length <= LongestCode; length++)
        {
            code <<= 1;
            int count = s_lengths.Count(known => known == length);
            levels[length] = (code, count, symbol);
            code += (uint)count;
            symbol += count;
        }

        return levels;
    }
}
