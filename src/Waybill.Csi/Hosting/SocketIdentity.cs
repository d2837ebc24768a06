using System.Runtime.InteropServices;

namespace Waybill.Csi.Hosting;

/// <summary>Tells one file from another that took its path.</summary>
internal readonly partial record struct SocketIdentity(bool IsSocket, uint DeviceMajor, uint DeviceMinor, ulong Inode, long Seconds, uint Nanoseconds)
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicFields = 0x7ff;
    private const int KindMask = 0xf000;
    private const int SocketKind = 0xc000;

    /// <summary>Looks at a file; <see langword="null"/> if there is none.</summary>
    public static SocketIdentity? Find(string path) =>
        StatX(CurrentDirectory, path, NoFollow, BasicFields, out FileStatus status) == 0
            ? new SocketIdentity(
                (status.Mode & KindMask) == SocketKind, status.DeviceMajor, status.DeviceMinor, status.Inode, status.ModifiedSeconds, status.ModifiedNanoseconds)
            : null;

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, out FileStatus status);

    // struct statx of Linux, the same on every processor.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
