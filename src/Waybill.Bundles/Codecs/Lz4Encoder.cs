using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Waybill.Bundles.Codecs;

/// <summary>
/// Encodes LZ4 blocks (spec appendix A) for speed: one pass, one candidate for each position, larger steps the longer nothing is found.
/// The end of a block is as every LZ4 decoder wants it. Keeps its table, so one instance serves one thread at a time.
/// </summary>
internal sealed class Lz4Encoder
{
    // 16 KiB: with what is read and written it stays in the smallest first-level cache there is.
    private const int HashBits = 12;
    private const int MinMatch = 4;
    private const int MaxDistance = 65_535;

    // Other decoders want the last match to begin at least 12 bytes before the end, and the last 5 bytes to be literals.
    private const int LastLiterals = 5;

    // Room that a search needs behind its position: the rule above, and eight bytes read at the position after it.
    private const int SearchRoom = 24;

    // Room in the target beyond the lengths themselves, for wide copies of literals.
    private const int CopyRoom = 48;

    // The step grows by one byte every StepUnit looks, up to so many units.
    private const uint StepUnit = 4;
    private const uint MaxStepUnits = 256 * StepUnit;

    private readonly uint[] _table = new uint[1 << HashBits];

    /// <summary>Encodes into <paramref name="target"/>; nothing outside of it is written.</summary>
    /// <returns>The length of the block, or -1 if it does not fit, or might not.</returns>
    public unsafe int TryEncode(ReadOnlySpan<byte> raw, Span<byte> target)
    {
        Array.Clear(_table);
        fixed (byte* source = raw)
        fixed (byte* output = target)
        fixed (uint* table = _table)
        {
            byte* end = source + raw.Length;
            byte* literals = source;
            byte* to = output;
            byte* toEnd = output + target.Length;
            if (raw.Length > SearchRoom)
            {
                byte* searchEnd = end - SearchRoom;
                byte* position = source + 1;
                byte* match = null;
                while (position <= searchEnd && Search(source, table, searchEnd, literals, ref position, ref match))
                {
                    do
                    {
                        byte* matchEnd = position + MinMatch + CommonLength(position + MinMatch, match + MinMatch, end - LastLiterals);
                        if (!TryWriteSequence(literals, position, match, matchEnd, ref to, toEnd))
                        {
                            return -1;
                        }

                        literals = position = matchEnd;
                    }
                    while (position <= searchEnd && ContinuesWithMatch(source, table, position, ref match));
                    position++;
                }
            }

            return TryWriteLast(literals, end, ref to, toEnd) ? (int)(to - output) : -1;
        }
    }

    /// <summary>Finds the next match at or after the position, and takes it as far back as it reaches.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool Search(byte* source, uint* table, byte* searchEnd, byte* literals, ref byte* position, ref byte* match)
    {
        byte* at = position;
        byte* candidate;
        uint units = 0;
        while (true)
        {
            // Two neighbours at a time: their reads of the table do not wait for each other.
            ulong bytes = Unsafe.ReadUnaligned<ulong>(at);
            uint first = Hash(bytes);
            uint second = Hash(bytes >> 8);
            candidate = source + table[first];
            table[first] = (uint)(at - source);
            byte* next = source + table[second];
            if (Matches(candidate, at, (uint)bytes))
            {
                break;
            }

            table[second] = (uint)(at + 1 - source);
            if (Matches(next, at + 1, (uint)(bytes >> 8)))
            {
                at++;
                candidate = next;
                break;
            }

            at += 2 + (units / StepUnit);
            units = Math.Min(units + 1, MaxStepUnits);
            if (at > searchEnd)
            {
                return false;
            }
        }

        while (at > literals && candidate > source && at[-1] == candidate[-1])
        {
            at--;
            candidate--;
        }

        position = at;
        match = candidate;
        return true;
    }

    /// <summary>Whether a match begins directly where the last one ended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool ContinuesWithMatch(byte* source, uint* table, byte* position, ref byte* match)
    {
        table[Hash(Unsafe.ReadUnaligned<ulong>(position - 2))] = (uint)(position - 2 - source);
        ulong bytes = Unsafe.ReadUnaligned<ulong>(position);
        uint hash = Hash(bytes);
        byte* candidate = source + table[hash];
        table[hash] = (uint)(position - source);
        match = candidate;
        return Matches(candidate, position, (uint)bytes);
    }

    // A slot never filled names the start of the block, which is a candidate like any other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool Matches(byte* candidate, byte* position, uint bytes) =>
        Unsafe.ReadUnaligned<uint>(candidate) == bytes && position - candidate <= MaxDistance && candidate < position;

    // Five bytes: four alone bring up many candidates that match no further.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(ulong bytes) => (uint)((bytes << 24) * 0x9E37_79B1_85EB_CA87UL >> (64 - HashBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe int CommonLength(byte* at, byte* match, byte* end)
    {
        byte* start = at;
        while (end - at >= sizeof(ulong))
        {
            ulong difference = Unsafe.ReadUnaligned<ulong>(at) ^ Unsafe.ReadUnaligned<ulong>(match);
            if (difference != 0)
            {
                return (int)(at - start) + (BitOperations.TrailingZeroCount(difference) >> 3);
            }

            at += sizeof(ulong);
            match += sizeof(ulong);
        }

        while (at < end && *at == *match)
        {
            at++;
            match++;
        }

        return (int)(at - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool TryWriteSequence(byte* literals, byte* position, byte* match, byte* matchEnd, ref byte* to, byte* toEnd)
    {
        nuint literalLength = (nuint)(position - literals);
        nuint matchLength = (nuint)(matchEnd - position) - MinMatch;
        if ((nuint)(toEnd - to) < literalLength + ((literalLength + matchLength) / 255) + CopyRoom)
        {
            return false;
        }

        byte* at = to;
        byte* token = at++;
        *token = (byte)(Math.Min(literalLength, 15) << 4 | Math.Min(matchLength, 15));
        if (literalLength < 15)
        {
            // SearchRoom lies behind every position, so sixteen bytes can be read.
            Vector128.Store(Vector128.Load(literals), at);
        }
        else
        {
            at = WriteLength(at, literalLength - 15);
            Unsafe.CopyBlockUnaligned(at, literals, (uint)literalLength);
        }

        at += literalLength;
        Unsafe.WriteUnaligned(at, (ushort)(position - match));
        at += sizeof(ushort);
        to = matchLength < 15 ? at : WriteLength(at, matchLength - 15);
        return true;
    }

    private static unsafe bool TryWriteLast(byte* literals, byte* end, ref byte* to, byte* toEnd)
    {
        nuint length = (nuint)(end - literals);
        if ((nuint)(toEnd - to) < length + (length / 255) + 2)
        {
            return false;
        }

        byte* at = to;
        *at++ = (byte)(Math.Min(length, 15) << 4);
        at = length < 15 ? at : WriteLength(at, length - 15);
        Unsafe.CopyBlockUnaligned(at, literals, (uint)length);
        to = at + length;
        return true;
    }

    private static unsafe byte* WriteLength(byte* at, nuint length)
    {
        while (length >= 255)
        {
            *at++ = 255;
            length -= 255;
        }

        *at++ = (byte)length;
        return at;
    }
}
