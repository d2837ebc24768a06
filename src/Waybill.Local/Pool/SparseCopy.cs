using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Copies a file where it cannot be cloned, leaving holes and zeros out.</summary>
internal sealed class SparseCopy
{
    private const int ChunkSize = 1 << 20;

    private readonly string _provider;

    public SparseCopy(string provider)
    {
        _provider = provider;
    }

    /// <summary>Copies all of a file.</summary>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.ProviderBusy"/> if the source was written meanwhile, as far as its times show it: the copy would mix two moments.
    /// </exception>
    public void Run(SafeFileHandle source, string sourcePath, SafeFileHandle target, string targetPath, CancellationToken cancellationToken)
    {
        FileStatus before = GetStatus(source, sourcePath);
        if (Libc.Truncate(target, before.Size) != 0)
        {
            throw Errno.ToError(_provider, Errno.Last, "The file cannot be given its size", targetPath);
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            using var cursor = new SeekCursor(source, 0, before.Size);
            while (cursor.TryRead(out Extent extent))
            {
                for (long position = extent.Start; position < extent.End;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Span<byte> chunk = buffer.AsSpan(0, (int)Math.Min(ChunkSize, extent.End - position));
                    int count = RandomAccess.Read(source, chunk, position);
                    if (count == 0)
                    {
                        break;
                    }

                    if (chunk[..count].ContainsAnyExcept((byte)0))
                    {
                        RandomAccess.Write(target, chunk[..count], position);
                    }

                    position += count;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            const int DiskFull = Errno.NoSpace;
            throw new ProviderException(
                e.HResult == DiskFull ? WaybillErrorCode.NoSpace : WaybillErrorCode.ProviderFailed, _provider, $"The file cannot be copied: {e.Message}", e)
            {
                ObjectName = sourcePath,
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (!GetStatus(source, sourcePath).HasSameContentAs(before))
        {
            throw new ProviderException(WaybillErrorCode.ProviderBusy, _provider, "The volume was written while it was copied")
            {
                ObjectName = sourcePath,
                IsTransient = true,
                Hint = "Stop what writes to it, or keep the pool on XFS or btrfs, where snapshots are taken in one moment.",
            };
        }
    }

    private FileStatus GetStatus(SafeFileHandle file, string path) =>
        Libc.TryGetStatus(file, out FileStatus status) ? status : throw Errno.ToError(_provider, Errno.Last, "The file cannot be asked for its state", path);
}
