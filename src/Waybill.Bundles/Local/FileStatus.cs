using System.Runtime.InteropServices;

namespace Waybill.Bundles;

/// <summary>What statx says about a file; the layout is the same on every processor.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    public const uint MaskBasic = 0x7FF;
    public const uint MaskBirthTime = 0x800;

    // Which of the fields the file system filled in.
    [FieldOffset(0)]
    public uint Mask;

    [FieldOffset(16)]
    public uint LinkCount;

    [FieldOffset(20)]
    public uint Uid;

    [FieldOffset(24)]
    public uint Gid;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(32)]
    public ulong Inode;

    [FieldOffset(40)]
    public long Size;

    [FieldOffset(48)]
    public ulong Blocks;

    [FieldOffset(64)]
    public long AccessSeconds;

    [FieldOffset(72)]
    public int AccessNanoseconds;

    [FieldOffset(80)]
    public long BirthSeconds;

    [FieldOffset(88)]
    public int BirthNanoseconds;

    [FieldOffset(96)]
    public long ChangeSeconds;

    [FieldOffset(104)]
    public int ChangeNanoseconds;

    [FieldOffset(112)]
    public long ModifySeconds;

    [FieldOffset(120)]
    public int ModifyNanoseconds;

    [FieldOffset(128)]
    public uint SpecialMajor;

    [FieldOffset(132)]
    public uint SpecialMinor;

    [FieldOffset(136)]
    public uint DeviceMajor;

    [FieldOffset(140)]
    public uint DeviceMinor;

    /// <summary>Gets the kind of file: the upper bits of the mode.</summary>
    public readonly FileKind Kind => (FileKind)(Mode & 0xF000);

    /// <summary>Gets the permission, set-id and sticky bits.</summary>
    public readonly uint Permissions => Mode & 0xFFFu;

    /// <summary>Gets the file system the file is on, as one number.</summary>
    public readonly ulong Device => ((ulong)DeviceMajor << 32) | DeviceMinor;

    /// <summary>Gets the time the content changed last.</summary>
    public readonly Timestamp Modified => new(ModifySeconds, ModifyNanoseconds);

    /// <summary>Gets the time the file was read last, as far as the mount keeps it.</summary>
    public readonly Timestamp Accessed => new(AccessSeconds, AccessNanoseconds);

    /// <summary>Gets the time anything about the file changed last.</summary>
    public readonly Timestamp Changed => new(ChangeSeconds, ChangeNanoseconds);

    /// <summary>Gets the time the file was made, if the file system keeps it.</summary>
    public readonly Timestamp? Born => (Mask & MaskBirthTime) != 0 ? new Timestamp(BirthSeconds, BirthNanoseconds) : null;
}
