using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Waybill.Bundles.Codecs;

/// <summary>
/// Decodes LZ4 blocks exactly as spec appendix A says. The usual decoders take a match of distance 0 for zeros and refuse blocks that end
/// in ways an encoder should avoid; this one gives every block the verdict any reader of the specification gives it.
/// </summary>
internal static class Lz4Block
{
    // Copies go 16 bytes at a time where at least this much room is left on both sides, and byte by byte near the ends.
    private const int Step = 16;

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
                int token = *from++;
                nuint literals = (nuint)(token >> 4);
                if (literals < 15 && fromEnd - from >= Step + 2 && toEnd - to >= Step)
                {
                    Vector128.Store(Vector128.Load(from), to);
                    from += literals;
                    to += literals;
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
                }

                int distance = BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(from, 2));
                from += 2;
                nuint length = (nuint)(token & 15);
                if (distance == 0 || distance > to - output || (length == 15 && !TryAddLength(ref from, fromEnd, ref length)))
                {
                    return false;
                }

                length += 4;
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
    private static unsafe void CopyMatch(byte* to, int distance, nuint length, byte* toEnd)
    {
        byte* match = to - distance;
        byte* end = to + length;
        if (toEnd - end >= Step && distance >= Step)
        {
            do
            {
                Vector128.Store(Vector128.Load(match), to);
                match += Step;
                to += Step;
            }
            while (to < end);
        }
        else if (toEnd - end >= Step && distance >= Step / 2)
        {
            do
            {
                Unsafe.CopyBlockUnaligned(to, match, Step / 2);
                match += Step / 2;
                to += Step / 2;
            }
            while (to < end);
        }
        else
        {
            CopyClose(to, distance, length, toEnd);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void CopyClose(byte* to, int distance, nuint length, byte* toEnd)
    {
        byte* match = to - distance;
        byte* end = to + length;
        if (distance == 1)
        {
            new Span<byte>(to, (int)length).Fill(*match);
            return;
        }

        if (toEnd - end >= Step)
        {
            // Once a multiple of the distance is written, it can be copied from as if it were further away.
            int spread = distance;
            while (spread < Step)
            {
                spread += distance;
            }

            byte* first = to + Math.Min((nuint)(spread - distance), length);
            while (to < first)
            {
                *to++ = *match++;
            }

            match = to - spread;
            while (to < end)
            {
                Vector128.Store(Vector128.Load(match), to);
                match += Step;
                to += Step;
            }

            return;
        }

        while (to < end)
        {
            *to++ = *match++;
        }
    }
}
