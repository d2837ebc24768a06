using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Waybill.Bundles.Codecs;

/// <summary>
/// Decodes LZ4 blocks exactly as spec appendix A says. The usual decoders take a match of distance 0 for zeros and refuse blocks that end
/// in ways an encoder should avoid; this one gives every block the verdict any reader of the specification gives it.
/// </summary>
internal static class Lz4Decoder
{
    // Copies write this much at a time where there is room for it, beyond what is asked for: the bytes after it come later anyway.
    private const int Wide = 32;
    private const int Half = Wide / 2;
    private const int MinMatch = 4;

    // For a distance below 8: what makes eight bytes of pattern out of its first bytes, and the largest multiple of the distance up to 8.
    private static ReadOnlySpan<ulong> Repeat =>
    [
        0, 0x0101_0101_0101_0101, 0x0001_0001_0001_0001, 0x0001_0000_0100_0001,
        0x0000_0001_0000_0001, 0x0000_0100_0000_0001, 0x0001_0000_0000_0001, 0x0100_0000_0000_0001,
    ];

    private static ReadOnlySpan<byte> Stride => [0, 8, 8, 6, 8, 5, 6, 7];

    /// <summary>Decodes a block that must fill the target exactly. Nothing outside of the two spans is read or written, whatever the block says.</summary>
    /// <returns>Whether the block is valid; if not, the target's content means nothing.</returns>
    public static unsafe bool TryDecode(ReadOnlySpan<byte> block, Span<byte> target)
    {
        fixed (byte* input = block)
        fixed (byte* output = target)
        {
            byte* from = input;
            byte* fromEnd = input + block.Length;
            byte* to = output;
            byte* toEnd = output + target.Length;
            while (from < fromEnd)
            {
                nuint token = *from++;
                nuint literals = token >> 4;
                nuint length = token & 15;
                nuint distance;
                if (literals < 15 && fromEnd - from >= Half + 2 && toEnd - to >= Half + Wide)
                {
                    Vector128.Store(Vector128.Load(from), to);
                    from += literals;
                    to += literals;
                    distance = Unsafe.ReadUnaligned<ushort>(from);
                    from += 2;

                    // Nearly all sequences end here: at most 18 bytes from at least 16 before.
                    if (length < 15 && distance >= Half && distance <= (nuint)(to - output))
                    {
                        byte* match = to - distance;
                        Vector128.Store(Vector128.Load(match), to);
                        Unsafe.WriteUnaligned(to + Half, Unsafe.ReadUnaligned<ushort>(match + Half));
                        to += length + MinMatch;
                        continue;
                    }
                }
                else
                {
                    if ((literals == 15 && !TryAddLength(ref from, fromEnd, ref literals))
                        || literals > (nuint)(fromEnd - from) || literals > (nuint)(toEnd - to))
                    {
                        return false;
                    }

                    Unsafe.CopyBlockUnaligned(to, from, (uint)literals);
                    from += literals;
                    to += literals;
                    if (from == fromEnd)
                    {
                        return to == toEnd;
                    }

                    if (fromEnd - from < 2)
                    {
                        return false;
                    }

                    distance = Unsafe.ReadUnaligned<ushort>(from);
                    from += 2;
                }

                if (distance == 0 || distance > (nuint)(to - output) || (length == 15 && !TryAddLength(ref from, fromEnd, ref length)))
                {
                    return false;
                }

                length += MinMatch;
                if (length > (nuint)(toEnd - to))
                {
                    return false;
                }

                CopyMatch(to, distance, length, toEnd);
                to += length;
            }
        }

        return false;
    }

    /// <summary>Adds the bytes that continue a length. The sum stays below 255 times the bytes there are, so it cannot overflow.</summary>
    private static unsafe bool TryAddLength(ref byte* from, byte* fromEnd, ref nuint length)
    {
        while (from < fromEnd)
        {
            byte more = *from++;
            length += more;
            if (more != 255)
            {
                return true;
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void CopyMatch(byte* to, nuint distance, nuint length, byte* toEnd)
    {
        byte* match = to - distance;
        byte* end = to + length;

        // Wide copies begin where a whole one fits; only the last bytes of the target go one by one.
        byte* wideEnd = toEnd - end >= Wide ? end : to + Math.Max(toEnd - to - Wide + 1, 0);
        if (distance >= Half)
        {
            while (to < wideEnd)
            {
                Vector128.Store(Vector128.Load(match), to);
                Vector128.Store(Vector128.Load(match + Half), to + Half);
                match += Wide;
                to += Wide;
            }
        }
        else if (distance >= sizeof(ulong))
        {
            while (to < wideEnd)
            {
                Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<ulong>(match));
                match += sizeof(ulong);
                to += sizeof(ulong);
            }
        }
        else if (to < wideEnd)
        {
            ulong first = Unsafe.ReadUnaligned<ulong>(match) & ((1UL << (8 * (int)distance)) - 1);
            ulong pattern = first * Repeat[(int)distance];
            nuint stride = Stride[(int)distance];
            do
            {
                Unsafe.WriteUnaligned(to, pattern);
                to += stride;
            }
            while (to < wideEnd);
            match = to - distance;
        }

        while (to < end)
        {
            *to++ = *match++;
        }
    }
}
