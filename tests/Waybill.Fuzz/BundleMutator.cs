using System.Buffers.Binary;
using Waybill.Bundles.Format;

namespace Waybill.Fuzz;

/// <summary>Changes bundles: blindly, or inside a record whose checksums are then made right again, so that deeper code is reached.</summary>
internal sealed class BundleMutator(Random random)
{
    private static readonly ulong[] s_interesting = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, long.MaxValue, 1UL << 63, ulong.MaxValue];

    /// <summary>Makes one mutant.</summary>
    public byte[] Mutate(byte[] seed, byte[] other)
    {
        byte[] bytes = (byte[])seed.Clone();
        for (int times = 1 + random.Next(3); times > 0; times--)
        {
            bytes = random.Next(8) switch
            {
                0 => FlipBit(bytes),
                1 => Overwrite(bytes, random.Next(bytes.Length)),
                2 => bytes[..random.Next(1, bytes.Length + 1)],
                3 => Duplicate(bytes),
                4 => Splice(bytes, other),
                _ => MutateRecord(bytes),
            };
        }

        return bytes;
    }

    private byte[] FlipBit(byte[] bytes)
    {
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private byte[] Overwrite(byte[] bytes, int position)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, s_interesting[random.Next(s_interesting.Length)]);
        int length = Math.Min(1 << random.Next(4), bytes.Length - position);
        value[..length].CopyTo(bytes.AsSpan(position));
        return bytes;
    }

    private byte[] Duplicate(byte[] bytes)
    {
        int start = random.Next(bytes.Length);
        int length = random.Next(Math.Min(4096, bytes.Length - start) + 1);
        return [.. bytes[..(start + length)], .. bytes.AsSpan(start, length), .. bytes[(start + length)..]];
    }

    private byte[] Splice(byte[] bytes, byte[] other) => [.. bytes[..random.Next(bytes.Length)], .. other[random.Next(other.Length)..]];

    private byte[] MutateRecord(byte[] bytes)
    {
        List<int> records = FindRecords(bytes);
        if (records.Count == 0)
        {
            return FlipBit(bytes);
        }

        int start = records[random.Next(records.Count)];
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(start + 8));
        if (length == 0 || random.Next(6) == 0)
        {
            Overwrite(bytes, start + 4 + random.Next(28));
        }
        else if (random.Next(3) == 0)
        {
            bytes[start + RecordHeader.Size + random.Next(length)] ^= (byte)(1 << random.Next(8));
        }
        else
        {
            // Most structure is at the beginning of a payload.
            int position = random.Next(2) == 0 ? random.Next(Math.Min(length, 96)) : random.Next(length);
            Overwrite(bytes, start + RecordHeader.Size + Math.Min(position, length - 1));
        }

        Reseal(bytes, start);
        return bytes;
    }

    private static List<int> FindRecords(byte[] bytes)
    {
        var records = new List<int>();
        long offset = Preamble.Size;
        while (offset + RecordHeader.Size <= bytes.Length && RecordHeader.TryRead(bytes.AsSpan((int)offset), out RecordHeader header)
            && header.PayloadLength >= 0 && offset + RecordHeader.Size + header.PayloadLength <= bytes.Length)
        {
            records.Add((int)offset);
            offset = BundleFormat.Align(offset + RecordHeader.Size + header.PayloadLength);
        }

        return records;
    }

    private static void Reseal(byte[] bytes, int start)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(start + 8));
        if (length <= bytes.Length - start - RecordHeader.Size)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(start + 12), Crc32C.Compute(bytes.AsSpan(start + RecordHeader.Size, (int)length)));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(start + 36), Crc32C.Compute(bytes.AsSpan(start, 36)));
    }
}
