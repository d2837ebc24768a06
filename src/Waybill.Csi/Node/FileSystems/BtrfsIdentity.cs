using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>Gives each volume with btrfs an identity of its own.</summary>
/// <remarks>
/// The kernel takes two devices with one file system id for two paths to one file system, so a clone must not keep the id of what it was cloned from. The id
/// follows from that of the volume: whoever stages a volume, however often it was interrupted, comes to the same one. The blocks inside keep saying the old
/// one, which the super blocks remember beside it (a feature of every kernel since 5.0), so nothing else is rewritten and a log stays valid.
/// </remarks>
internal static class BtrfsIdentity
{
    private const int BlockLength = 4096;
    private const int ChecksumLength = 32;
    private const int IdAt = 0x20;
    private const int PlaceAt = 0x30;
    private const int MagicAt = 0x40;
    private const int DeviceCountAt = 0x88;
    private const int FeaturesAt = 0xBC;
    private const int ChecksumTypeAt = 0xC4;
    private const int InnerIdAt = 0x23B;
    private const ulong InnerIdFeature = 1 << 10;

    private static readonly long[] s_places = [64L << 10, 64L << 20, 256L << 30];

    /// <summary>Gets the id that the file system of a volume has.</summary>
    public static Guid Derive(VolumeId volume)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes("waybill btrfs " + volume), hash);

        // As RFC 9562 has it for an id of one's own making.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>Makes a file system that is not mounted have the id of its volume.</summary>
    /// <param name="device">The device, open and claimed.</param>
    /// <param name="length">Its size.</param>
    /// <param name="volume">The volume.</param>
    /// <param name="writes">Whether the device can be written. Nodes that share it for reading all write the same, so none disturbs another.</param>
    /// <exception cref="Grpc.Core.RpcException">
    /// FAILED_PRECONDITION: it lies on several devices, has checksums that are not known here, or would have to be written and cannot be.
    /// </exception>
    public static void Ensure(SafeFileHandle device, long length, VolumeId volume, bool writes)
    {
        Span<byte> id = stackalloc byte[16];
        Derive(volume).TryWriteBytes(id, bigEndian: true, out _);
        var block = new byte[BlockLength];

        // The first super block is the one that is mounted by, so it changes last.
        foreach (long place in s_places.Where(place => place + BlockLength <= length).Reverse())
        {
            if (RandomAccess.Read(device, block, place) == BlockLength && block.AsSpan(MagicAt, 8).SequenceEqual("_BHRfS_M"u8)
                && BinaryPrimitives.ReadInt64LittleEndian(block.AsSpan(PlaceAt)) == place && !block.AsSpan(IdAt, 16).SequenceEqual(id))
            {
                if (!writes)
                {
                    throw CallError.FailedPrecondition("The btrfs on the volume is a copy of another and needs an id of its own. Stage it once for writing on one node.");
                }

                Change(block, id);
                RandomAccess.Write(device, block, place);
                if (NodeLibc.Sync(device) != 0)
                {
                    throw NodeErrno.Fail("The device cannot be flushed", NodeErrno.Last);
                }
            }
        }
    }

    private static void Change(Span<byte> block, ReadOnlySpan<byte> id)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(block[DeviceCountAt..]) != 1)
        {
            throw CallError.FailedPrecondition("The volume is one of several that a btrfs lies on.");
        }

        ulong features = BinaryPrimitives.ReadUInt64LittleEndian(block[FeaturesAt..]);
        if ((features & InnerIdFeature) == 0)
        {
            block.Slice(IdAt, 16).CopyTo(block[InnerIdAt..]);
            BinaryPrimitives.WriteUInt64LittleEndian(block[FeaturesAt..], features | InnerIdFeature);
        }

        id.CopyTo(block[IdAt..]);
        Sign(block);
    }

    private static void Sign(Span<byte> block)
    {
        ReadOnlySpan<byte> signed = block[ChecksumLength..];
        Span<byte> checksum = block[..ChecksumLength];
        switch (BinaryPrimitives.ReadUInt16LittleEndian(block[ChecksumTypeAt..]))
        {
            case 0:
                uint crc = uint.MaxValue;
                foreach (byte value in signed)
                {
                    crc = BitOperations.Crc32C(crc, value);
                }

                checksum.Clear();
                BinaryPrimitives.WriteUInt32LittleEndian(checksum, ~crc);
                break;
            case 2:
                SHA256.HashData(signed, checksum);
                break;
            default:
                throw CallError.FailedPrecondition("The btrfs on the volume is a copy of another, and has checksums that cannot be made here, so it cannot get an id of its own.");
        }
    }
}
