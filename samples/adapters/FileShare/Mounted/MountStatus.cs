using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Waybill.Samples.FileShare;

/// <summary>A <c>struct statx</c>, which is the same on all systems.</summary>
internal readonly ref struct MountStatus(ReadOnlySpan<byte> bytes)
{
    public const int Size = 256;
    public const uint Everything = 0xFFF;
    private const uint HasBirth = 0x800;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public uint Links => Number(16);

    public uint UserId => Number(20);

    public uint GroupId => Number(24);

    public int Mode => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[28..]);

    public ulong Inode => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[32..]);

    public long Length => BinaryPrimitives.ReadInt64LittleEndian(_bytes[40..]);

    public long Allocated => BinaryPrimitives.ReadInt64LittleEndian(_bytes[48..]) * 512;

    public (uint Major, uint Minor) Special => (Number(128), Number(132));

    public (uint Major, uint Minor) Device => (Number(136), Number(140));

    public FileType Type => (Mode & 0xF000) switch
    {
        0x4000 => FileType.Directory,
        0xA000 => FileType.SymbolicLink,
        0x2000 => FileType.CharacterDevice,
        0x6000 => FileType.BlockDevice,
        0x1000 => FileType.Fifo,
        0xC000 => FileType.Socket,
        _ => FileType.Regular,
    };

    public ShareItem ToItem(ReadOnlySpan<byte> name) => new([.. name], Type)
    {
        Size = Type == FileType.Regular ? Length : 0,
        Inode = Inode,
        Accessed = Time(64),
        Born = (Number(0) & HasBirth) != 0 ? Time(80) : null,
        Changed = Time(96),
        Modified = Time(112),
    };

    private Timestamp Time(int offset) => new(BinaryPrimitives.ReadInt64LittleEndian(_bytes[offset..]), (int)Number(offset + 8));

    private uint Number(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[offset..]);
}
