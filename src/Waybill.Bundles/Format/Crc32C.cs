using System.Buffers.Binary;
using System.Numerics;

namespace Waybill.Bundles.Format;

/// <summary>CRC-32C (Castagnoli), the keyless check against bit rot, spec 1.</summary>
internal static class Crc32C
{
    // Three lanes hide the instruction's latency of three cycles. Their results are joined by tables that advance a CRC over a
    // fixed number of zero bytes, so the lane length is fixed too.
    private const int LaneLength = 4096;

    private static readonly uint[][] s_advanceOneLane = BuildAdvanceTable(LaneLength);
    private static readonly uint[][] s_advanceTwoLanes = BuildAdvanceTable(2 * LaneLength);

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFF_FFFF;
        while (data.Length >= 3 * LaneLength)
        {
            crc = ThreeLanes(crc, data);
            data = data[(3 * LaneLength)..];
        }

        return ~OneLane(crc, data);
    }

    private static uint OneLane(uint crc, ReadOnlySpan<byte> data)
    {
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (byte b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }

    private static uint ThreeLanes(uint crc, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> a = data[..LaneLength];
        ReadOnlySpan<byte> b = data.Slice(LaneLength, LaneLength);
        ReadOnlySpan<byte> c = data.Slice(2 * LaneLength, LaneLength);
        uint x = crc;
        uint y = 0;
        uint z = 0;
        for (int i = 0; i <= LaneLength - 8; i += 8)
        {
            x = BitOperations.Crc32C(x, BinaryPrimitives.ReadUInt64LittleEndian(a[i..]));
            y = BitOperations.Crc32C(y, BinaryPrimitives.ReadUInt64LittleEndian(b[i..]));
            z = BitOperations.Crc32C(z, BinaryPrimitives.ReadUInt64LittleEndian(c[i..]));
        }

        return Advance(s_advanceTwoLanes, x) ^ Advance(s_advanceOneLane, y) ^ z;
    }

    private static uint Advance(uint[][] table, uint crc) =>
        table[0][crc & 0xFF] ^ table[1][(crc >> 8) & 0xFF] ^ table[2][(crc >> 16) & 0xFF] ^ table[3][crc >> 24];

    private static uint[][] BuildAdvanceTable(int zeroBytes)
    {
        // Appending zeros is linear in the state, so 32 basis states give the whole table.
        var basis = new uint[32];
        for (int bit = 0; bit < 32; bit++)
        {
            uint state = 1u << bit;
            for (int i = 0; i < zeroBytes; i += 8)
            {
                state = BitOperations.Crc32C(state, 0UL);
            }

            basis[bit] = state;
        }

        var table = new uint[4][];
        for (int index = 0; index < 4; index++)
        {
            table[index] = new uint[256];
            for (int value = 0; value < 256; value++)
            {
                uint result = 0;
                for (int bit = 0; bit < 8; bit++)
                {
                    if ((value >> bit & 1) != 0)
                    {
                        result ^= basis[(8 * index) + bit];
                    }
                }

                table[index][value] = result;
            }
        }

        return table;
    }
}
