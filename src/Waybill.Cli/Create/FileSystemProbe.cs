using System.Buffers.Binary;

namespace Waybill.Cli.Create;

/// <summary>Recognises what lies on a volume by its first bytes, so that whoever finds the bundle knows how to mount what it restores.</summary>
internal static class FileSystemProbe
{
    private const int BtrfsMagicOffset = 0x10040;

    /// <summary>Recognises file systems and containers of file systems.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The name that mount or blkid would use; empty if it is not one of those known here.</returns>
    public static async Task<string> RecogniseAsync(BlockReader volume, CancellationToken cancellationToken)
    {
        var head = new byte[BtrfsMagicOffset + 8];
        int read = await volume.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
        return Recognise(head.AsSpan(0, read));
    }

    private static string Recognise(ReadOnlySpan<byte> head)
    {
        if (At(head, 1080, [0x53, 0xEF]))
        {
            const uint HasJournal = 0x4;
            const uint NewerThanExt3 = 0x40 | 0x80 | 0x200; // extents, 64 bit, flexible block groups
            bool isExt4 = (UInt32At(head, 1024 + 0x60) & NewerThanExt3) != 0;
            bool hasJournal = (UInt32At(head, 1024 + 0x5C) & HasJournal) != 0;
            return isExt4 ? "ext4" : hasJournal ? "ext3" : "ext2";
        }

        return head switch
        {
            _ when At(head, 0, "XFSB"u8) => "xfs",
            _ when At(head, BtrfsMagicOffset, "_BHRfS_M"u8) => "btrfs",
            _ when At(head, 0, [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE]) => "crypto_LUKS",
            _ when At(head, 512, "LABELONE"u8) => "LVM2_member",
            _ when At(head, 3, "NTFS    "u8) => "ntfs",
            _ when At(head, 3, "EXFAT   "u8) => "exfat",
            _ when At(head, 82, "FAT32   "u8) || At(head, 54, "FAT1"u8) => "vfat",
            _ when At(head, 0, "hsqs"u8) => "squashfs",
            _ => "",
        };
    }

    private static bool At(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> magic) =>
        head.Length >= offset + magic.Length && head.Slice(offset, magic.Length).SequenceEqual(magic);

    private static uint UInt32At(ReadOnlySpan<byte> head, int offset) =>
        head.Length >= offset + 4 ? BinaryPrimitives.ReadUInt32LittleEndian(head[offset..]) : 0;
}
