using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>Finds out what a device holds.</summary>
/// <remarks>
/// Signatures only give a name to what is there. That nothing is there is never concluded from a missing signature: a raw database has none, and a disk whose
/// first blocks were lost has lost its own. It follows only from every byte being zero.
/// </remarks>
internal static class DeviceProbe
{
    private const int HeadLength = 128 * 1024;
    private const int ReadLength = 1024 * 1024;
    private const int Alignment = 4096;

    /// <summary>Looks at a device.</summary>
    /// <param name="device">The device, open for reading; with O_DIRECT, so that reading all of it leaves other caches alone.</param>
    /// <param name="length">Its size.</param>
    /// <param name="isBlank">Whether the platform says that it is all zeros.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static async Task<DeviceContent> ReadAsync(SafeFileHandle device, long length, bool isBlank, CancellationToken cancellationToken)
    {
        Memory<byte> buffer = Allocate(ReadLength);
        int count = await FillAsync(device, 0, length, buffer[..HeadLength], cancellationToken).ConfigureAwait(false);
        if (Recognize(buffer.Span[..count]) is { } known)
        {
            return known;
        }

        if (buffer.Span[..count].ContainsAnyExcept((byte)0))
        {
            return new DeviceContent(DeviceState.Foreign);
        }

        if (isBlank)
        {
            return new DeviceContent(DeviceState.Blank);
        }

        for (long offset = 0; offset < length; offset += ReadLength)
        {
            count = await FillAsync(device, offset, length, buffer, cancellationToken).ConfigureAwait(false);
            if (buffer.Span[..count].ContainsAnyExcept((byte)0))
            {
                return new DeviceContent(DeviceState.Foreign);
            }
        }

        return new DeviceContent(DeviceState.Blank);
    }

    /// <summary>Names what begins with some bytes.</summary>
    /// <returns><see langword="null"/> if nothing known does.</returns>
    internal static DeviceContent? Recognize(ReadOnlySpan<byte> head)
    {
        if (FormatMark.IsIn(head))
        {
            return new DeviceContent(DeviceState.Unfinished, "an unfinished file system");
        }

        if (Has(head, 0, "XFSB"u8))
        {
            return new DeviceContent(DeviceState.FileSystem, "xfs");
        }

        if (Has(head, 0x10040, "_BHRfS_M"u8))
        {
            return new DeviceContent(DeviceState.FileSystem, "btrfs");
        }

        if (Has(head, 0x438, [0x53, 0xEF]))
        {
            return RecognizeExt(head);
        }

        string? foreign = Has(head, 0, [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE]) ? "a LUKS container"
            : Has(head, 0x200, "EFI PART"u8) || Has(head, 0x1000, "EFI PART"u8) ? "a GPT partition table"
            : HasLvmLabel(head) ? "an LVM physical volume"
            : Has(head, 0xFF6, "SWAPSPACE2"u8) || Has(head, 0xFF6, "SWAP-SPACE"u8) ? "swap space"
            : Has(head, 0, [0xFC, 0x4E, 0x2B, 0xA9]) || Has(head, 0x1000, [0xFC, 0x4E, 0x2B, 0xA9]) ? "a RAID member"
            : Has(head, 3, "NTFS    "u8) ? "ntfs"
            : Has(head, 3, "EXFAT   "u8) ? "exfat"
            : Has(head, 0x52, "FAT32   "u8) || Has(head, 0x36, "FAT1"u8) ? "vfat"
            : Has(head, 0, "hsqs"u8) ? "squashfs"
            : Has(head, 0x400, [0x10, 0x20, 0xF5, 0xF2]) ? "f2fs"
            : Has(head, 0x8001, "CD001"u8) ? "iso9660"
            : Has(head, 0x1FE, [0x55, 0xAA]) ? "a partition table or boot sector"
            : null;
        return foreign is null ? null : new DeviceContent(DeviceState.Foreign, foreign);
    }

    // Memory that direct reading takes: it begins at a multiple of what any device asks for, and does not move.
    internal static Memory<byte> Allocate(int length)
    {
        byte[] array = GC.AllocateUninitializedArray<byte>(length + Alignment, pinned: true);
        long address = (long)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        return array.AsMemory((int)((Alignment - (address % Alignment)) % Alignment), length);
    }

    private static DeviceContent RecognizeExt(ReadOnlySpan<byte> head)
    {
        // Of what only ext4 has, every file system that mkfs.ext4 makes has extents. A journal without them is ext3; ext4 mounts both, but not as what was asked for.
        const uint HasJournal = 0x4;
        const uint Extents = 0x40;
        uint compatible = BinaryPrimitives.ReadUInt32LittleEndian(head[0x45C..]);
        uint incompatible = BinaryPrimitives.ReadUInt32LittleEndian(head[0x460..]);
        const uint JournalDevice = 0x8;
        return (incompatible & JournalDevice) != 0 ? new DeviceContent(DeviceState.Foreign, "a journal of ext4")
            : (incompatible & Extents) != 0 ? new DeviceContent(DeviceState.FileSystem, "ext4")
            : new DeviceContent(DeviceState.Foreign, (compatible & HasJournal) != 0 ? "ext3" : "ext2");
    }

    private static bool HasLvmLabel(ReadOnlySpan<byte> head)
    {
        for (int sector = 0; sector < 4; sector++)
        {
            if (Has(head, sector * 512, "LABELONE"u8))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> signature) =>
        head.Length >= offset + signature.Length && head.Slice(offset, signature.Length).SequenceEqual(signature);

    private static async Task<int> FillAsync(SafeFileHandle device, long offset, long length, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int wanted = (int)Math.Min(buffer.Length, length - offset);
        int count = 0;
        while (count < wanted)
        {
            int read = await RandomAccess.ReadAsync(device, buffer[count..], offset + count, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw CallError.Internal($"The device ends at {offset + count} bytes although it says it has {length}.");
            }

            count += read;
        }

        return wanted;
    }
}
