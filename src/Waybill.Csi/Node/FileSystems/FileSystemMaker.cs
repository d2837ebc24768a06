using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>Makes file systems on devices, so that being interrupted at any moment leaves something that is known to be nobody's data.</summary>
/// <remarks>
/// The tools write in an order of their own, and a device that one of them was killed on cannot be told from one that lost its first blocks. So they make the
/// file system in a nameless sparse file, and what is not zero in it is copied: first a mark to where the file system begins, last what belongs there.
/// The file takes the few MiB that a new file system has, and goes with the process.
/// </remarks>
internal sealed class FileSystemMaker(TimeProvider time)
{
    private const int BufferLength = 1024 * 1024;
    private const int CommonSectorSize = 4096;

    /// <summary>How long a tool may take.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>Makes a file system.</summary>
    /// <param name="device">The device, open for writing and claimed.</param>
    /// <param name="length">Its size.</param>
    /// <param name="state">What it holds: <see cref="DeviceState.Blank"/> or <see cref="DeviceState.Unfinished"/>.</param>
    /// <param name="kind">What to make.</param>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early; the next call begins again.</param>
    public async Task MakeAsync(SafeFileHandle device, long length, DeviceState state, FileSystemKind kind, VolumeId volume, CancellationToken cancellationToken)
    {
        using SafeFileHandle image = OpenImage(length);
        await RunToolAsync(image, GetSectorSize(device), kind, cancellationToken).ConfigureAwait(false);
        if (state == DeviceState.Blank)
        {
            await RandomAccess.WriteAsync(device, FormatMark.Make(volume), 0, cancellationToken).ConfigureAwait(false);
            Sync(device);
        }
        else
        {
            ZeroBehindMark(device, length);
        }

        var buffer = new byte[BufferLength];
        long offset = FormatMark.Length;
        while ((offset = NodeLibc.Seek(image, offset, NodeLibc.SeekData)) >= 0)
        {
            long end = NodeLibc.Seek(image, offset, NodeLibc.SeekHole);
            for (; offset < end; offset += BufferLength)
            {
                int count = await RandomAccess.ReadAsync(image, buffer.AsMemory(0, (int)Math.Min(BufferLength, end - offset)), offset, cancellationToken).ConfigureAwait(false);
                await WriteDataAsync(device, buffer.AsMemory(0, count), offset, cancellationToken).ConfigureAwait(false);
            }

            offset = end;
        }

        Sync(device);

        // From here on it takes a moment, and then it is done.
        int first = await RandomAccess.ReadAsync(image, buffer.AsMemory(0, FormatMark.Length), 0, CancellationToken.None).ConfigureAwait(false);
        await RandomAccess.WriteAsync(device, buffer.AsMemory(0, first), 0, CancellationToken.None).ConfigureAwait(false);
        Sync(device);
    }

    private static async Task WriteDataAsync(SafeFileHandle device, ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken)
    {
        // What is zero in the image is zero on the device already, and stays unallocated on platforms that allocate what is written.
        const int Unit = 4096;
        int start = -1;
        for (int at = 0; at <= data.Length; at += Unit)
        {
            bool isData = at < data.Length && data.Span.Slice(at, Math.Min(Unit, data.Length - at)).ContainsAnyExcept((byte)0);
            if (isData && start < 0)
            {
                start = at;
            }
            else if (!isData && start >= 0)
            {
                await RandomAccess.WriteAsync(device, data[start..Math.Min(at, data.Length)], offset + start, cancellationToken).ConfigureAwait(false);
                start = -1;
            }
        }

        if (start >= 0)
        {
            await RandomAccess.WriteAsync(device, data[start..], offset + start, cancellationToken).ConfigureAwait(false);
        }
    }

    private static unsafe void ZeroBehindMark(SafeFileHandle device, long length)
    {
        const long Sector = 512;
        ulong* range = stackalloc ulong[2] { FormatMark.Length, (ulong)((length - FormatMark.Length) / Sector * Sector) };
        if (NodeLibc.Control(device, NodeLibc.BlockZeroOut, range) != 0)
        {
            throw NodeErrno.Fail("The device cannot be made empty again after a file system was half made on it", NodeErrno.Last);
        }

        Sync(device);
    }

    private static unsafe int GetSectorSize(SafeFileHandle device)
    {
        int size;
        return NodeLibc.Control(device, NodeLibc.BlockSectorSize, &size) == 0 ? size
            : throw NodeErrno.Fail("The device cannot be asked for the size of its sectors", NodeErrno.Last);
    }

    private static void Sync(SafeFileHandle device)
    {
        if (NodeLibc.Sync(device) != 0)
        {
            throw NodeErrno.Fail("The device cannot be flushed", NodeErrno.Last);
        }
    }

    private static SafeFileHandle OpenImage(long length)
    {
        string directory = Path.GetTempPath();
        SafeFileHandle image = NodeLibc.OpenNameless(directory);
        if (image.IsInvalid || NodeLibc.Truncate(image, length) != 0)
        {
            int error = NodeErrno.Last;
            image.Dispose();
            throw NodeErrno.Fail($"A sparse file of {length} bytes cannot be made in {directory}, where file systems are prepared", error);
        }

        return image;
    }

    private async Task RunToolAsync(SafeFileHandle image, int sectorSize, FileSystemKind kind, CancellationToken cancellationToken)
    {
        string path = NodeProcess.PathOf(image);

        // Whatever device the volume is restored to later has sectors of this size or smaller ones.
        string sector = string.Create(CultureInfo.InvariantCulture, $"size={Math.Max(sectorSize, CommonSectorSize)}");

        // Nothing is discarded and no table written that is zeros: the file is, and so is the device.
        string[] arguments = kind switch
        {
            FileSystemKind.Ext4 => ["-q", "-F", "-m", "0", "-b", "4096", "-E", "nodiscard,lazy_journal_init=1,assume_storage_prezeroed=1", path],
            FileSystemKind.Xfs => ["-q", "-f", "-K", "-s", sector, path],
            _ => ["-q", "-f", "-K", path],
        };
        await new NodeTool("mkfs." + kind.GetName(), s_limit, time).RunAsync(arguments, cancellationToken).ConfigureAwait(false);
    }
}
