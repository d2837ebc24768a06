using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>What reading and writing local files and block devices have in common.</summary>
internal static class LocalFile
{
    /// <summary>Opens an existing file or block device for reading, without locking out those who write to it.</summary>
    /// <returns>The file, which the caller disposes, and its length.</returns>
    public static (SafeFileHandle File, long Length) OpenToRead(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Libc.IsSupported)
        {
            // Without O_NONBLOCK opening a pipe would wait for somebody to write to it.
            SafeFileHandle file = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenNoTerminal);
            return file.IsInvalid
                ? throw Errno.ToSourceError(Errno.Last, path)
                : (file, GetLength(file, path, error => Errno.ToSourceError(error, path)));
        }

        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return (file, RandomAccess.GetLength(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToSourceError(e, path);
        }
    }

    /// <summary>Gets the size of a regular file or block device, and disposes it if it is neither.</summary>
    public static long GetLength(SafeFileHandle file, string path, Func<int, Exception> toError)
    {
        Exception error;
        if (!Libc.TryGetStatus(file, out FileStatus status))
        {
            error = toError(Errno.Last);
        }
        else if (status.Kind == FileKind.Regular)
        {
            return status.Size;
        }
        else if (status.Kind != FileKind.BlockDevice)
        {
            error = new ProviderException(WaybillErrorCode.SourceReadFailed, "file", "Only a regular file or a block device has content at offsets") { ObjectName = path };
        }
        else
        {
            // The status of a block device has no size: its end is where a seek to the end leads.
            long length = Libc.Seek(file, 0, Libc.SeekEnd);
            if (length >= 0)
            {
                return length;
            }

            error = toError(Errno.Last);
        }

        file.Dispose();
        throw error;
    }

    /// <summary>Reads until the memory is full.</summary>
    /// <remarks>
    /// Completes before it returns. Reads come from the workers of a pipeline, which have nothing else to do meanwhile, and the base
    /// library would only move the same blocking call to another thread: for 1 MiB from the page cache that costs more than the read.
    /// </remarks>
    public static void ReadFully(SafeFileHandle file, string path, long offset, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int count;
            try
            {
                count = RandomAccess.Read(file, destination[done..], offset + done);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Errno.ToSourceError(e, path, offset + done);
            }

            if (count == 0)
            {
                throw new ProviderException(WaybillErrorCode.SourceChanged, "file", "The file became shorter while it was read")
                {
                    ObjectName = path,
                    Offset = offset + done,
                    Hint = "Read from a snapshot, or stop what writes to it.",
                };
            }

            done += count;
        }
    }

    /// <summary>Writes all the bytes, on the calling thread for the same reason.</summary>
    public static void Write(SafeFileHandle file, string path, long offset, ReadOnlySpan<byte> source)
    {
        try
        {
            RandomAccess.Write(file, source, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToTargetError(e, path, offset);
        }
    }

    /// <summary>Reads into memory as far as a content of a fixed length reaches.</summary>
    public static ValueTask<int> ReadAsync(SafeFileHandle file, string path, long length, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, length);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        int count = (int)Math.Min(destination.Length, length - offset);
        try
        {
            ReadFully(file, path, offset, destination.Span[..count]);
            return ValueTask.FromResult(count);
        }
        catch (Exception e) when (e is WaybillException or ObjectDisposedException)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    /// <summary>Lists the ranges of a file that the file system holds data for; the whole file where it cannot say.</summary>
    public static IAsyncEnumerable<ByteRange> GetDataRangesAsync(SafeFileHandle file, long length, CancellationToken cancellationToken) =>
        GetDataRangesAsync(file, 0, length, cancellationToken);

    /// <summary>Lists those from an offset on.</summary>
    public static async IAsyncEnumerable<ByteRange> GetDataRangesAsync(SafeFileHandle file, long position, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        while (position < length && TryFindData(file, position, length, out ByteRange range))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return range;
            position = range.End;
        }
    }

    /// <summary>Finds the first range at or after a position that is not a hole.</summary>
    /// <returns>False if nothing but a hole follows.</returns>
    public static bool TryFindData(SafeFileHandle file, long position, long length, out ByteRange range)
    {
        range = ByteRange.FromBounds(position, length);
        if (!Libc.IsSupported)
        {
            return true;
        }

        long start = Libc.Seek(file, position, Libc.SeekData);
        if (start < 0)
        {
            // No such address: only a hole follows. Anything else (a device, a file system without the call): it may all be data.
            return Errno.Last != Errno.NoSuchAddress;
        }

        if (start >= length)
        {
            return false;
        }

        long end = Libc.Seek(file, start, Libc.SeekHole);
        range = ByteRange.FromBounds(start, end < 0 || end > length ? length : end);
        return !range.IsEmpty;
    }
}
