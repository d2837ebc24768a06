using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>An open file of a local tree. Reads on the calling thread, for the reason given at <see cref="LocalFile.ReadFully"/>.</summary>
internal sealed class LocalFileContent(SafeFileHandle file, FileTreeEntry entry) : FileContent
{
    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        int done = 0;
        while (done < destination.Length)
        {
            nint count = Libc.Read(file, destination.Span[done..], offset + done);
            if (count < 0 && Errno.Last != Errno.Interrupted)
            {
                return ValueTask.FromException<int>(Errno.ToSourceError(Errno.Last, entry.Path.ToString(), offset + done));
            }

            if (count == 0)
            {
                break;
            }

            done += (int)Math.Max(count, 0);
        }

        return ValueTask.FromResult(done);
    }

    public override IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default) => GetDataRangesAsync(0, cancellationToken);

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync(long startingOffset, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (ByteRange range in LocalFile.GetDataRangesAsync(file, startingOffset, entry.Size, cancellationToken).ConfigureAwait(false))
        {
            yield return range;
        }
    }

    // The modification time and the size tell about content. The change time does not: another name of the file moves it too.
    public override ValueTask<FileGap?> FindChangeAsync(CancellationToken cancellationToken = default)
    {
        if (!Libc.TryGetStatus(file, out FileStatus now))
        {
            return Report($"it cannot be said whether the file changed while it was read: {Errno.Describe(Errno.Last)}");
        }

        if (now.Inode != entry.Inode || now.Kind != FileKind.Regular)
        {
            return Report("another file took the place of this one before it was read");
        }

        if (now.Size > entry.Size)
        {
            return ValueTask.FromResult<FileGap?>(new FileGap(FileGap.Data, "the file grew while it was read", entry.Size, now.Size - entry.Size));
        }

        return now.Modified == entry.Modified && now.Size == entry.Size
            ? ValueTask.FromResult<FileGap?>(null)
            : Report("the file changed while it was read");

        static ValueTask<FileGap?> Report(string reason) => ValueTask.FromResult<FileGap?>(new FileGap(FileGap.Stability, reason));
    }

    public override ValueTask DisposeAsync()
    {
        file.Dispose();
        return base.DisposeAsync();
    }
}
