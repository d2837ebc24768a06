using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Waybill.Samples.FileShare;

/// <summary>Reads the structures of the library, which are the same on all 64-bit Linux systems as far as they are read here.</summary>
internal static class SmbStatus
{
    private const int DirectoryAttribute = 0x10;
    private const int DirectoryMode = 0x4000;

    // struct stat: x86-64 and arm64 agree from the size on, and on the inode.
    private const int InodeOffset = 8;
    private const int SizeOffset = 48;
    private const int AccessedOffset = 72;
    private const int ModifiedOffset = 88;
    private const int ChangedOffset = 104;

    private static readonly int s_modeOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 24 : 16;

    /// <summary>Reads a <c>struct libsmb_file_info</c>, and the inode from the status beside it.</summary>
    /// <returns>The item; <see langword="null"/> for the directory itself and the one above.</returns>
    public static unsafe ShareItem? ReadItem(nint info, ReadOnlySpan<byte> status)
    {
        ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)Marshal.ReadIntPtr(info, 88));
        if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            return null;
        }

        var fields = new ReadOnlySpan<byte>((void*)info, 88);
        bool isDirectory = (BinaryPrimitives.ReadUInt16LittleEndian(fields[8..]) & DirectoryAttribute) != 0;
        return new ShareItem([.. name], isDirectory ? FileType.Directory : FileType.Regular)
        {
            Size = BinaryPrimitives.ReadInt64LittleEndian(fields),
            Inode = BinaryPrimitives.ReadUInt64LittleEndian(status[InodeOffset..]),
            Born = ReadTime(fields, 24),
            Modified = ReadTime(fields, 40),
            Accessed = ReadTime(fields, 56),
            Changed = ReadTime(fields, 72),
        };
    }

    /// <summary>Reads a <c>struct stat</c>.</summary>
    public static ShareItem ReadStatus(ReadOnlySpan<byte> status)
    {
        bool isDirectory = (BinaryPrimitives.ReadUInt32LittleEndian(status[s_modeOffset..]) & 0xF000) == DirectoryMode;
        return new ShareItem([], isDirectory ? FileType.Directory : FileType.Regular)
        {
            Size = BinaryPrimitives.ReadInt64LittleEndian(status[SizeOffset..]),
            Inode = BinaryPrimitives.ReadUInt64LittleEndian(status[InodeOffset..]),
            Accessed = ReadTime(status, AccessedOffset),
            Modified = ReadTime(status, ModifiedOffset),
            Changed = ReadTime(status, ChangedOffset),
        };
    }

    private static Timestamp? ReadTime(ReadOnlySpan<byte> bytes, int offset)
    {
        long seconds = BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);
        return seconds == 0 ? null : new Timestamp(seconds, (int)BinaryPrimitives.ReadInt64LittleEndian(bytes[(offset + 8)..]));
    }
}
