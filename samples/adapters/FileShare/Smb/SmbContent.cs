using System.Runtime.CompilerServices;

namespace Waybill.Samples.FileShare;

/// <summary>The content of a file on an SMB server.</summary>
internal sealed class SmbContent(SmbSession session, SmbFile file, FileTreeEntry entry) : FileContent
{
    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        file.ReadAsync((context, handle) => context.Read(handle, offset, destination.Span, file.Url), cancellationToken);

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Holes are not shown by the library: they are read as the zeros they are, and found again when they are written.
        await Task.CompletedTask.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (entry.Size > 0)
        {
            yield return new ByteRange(0, entry.Size);
        }
    }

    public override async ValueTask<FileGap?> FindChangeAsync(CancellationToken cancellationToken = default)
    {
        ShareItem now;
        try
        {
            now = await session.ReadAsync(context => context.Find(file.Url), cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (!e.IsTransient)
        {
            return new FileGap(FileGap.Stability, $"it cannot be said whether the file changed while it was read: {e.Message}");
        }

        return now.Inode != entry.Inode || now.Type != FileType.Regular ? new FileGap(FileGap.Stability, "another file took the place of this one before it was read")
            : now.Size > entry.Size ? new FileGap(FileGap.Data, "the file grew while it was read", entry.Size, now.Size - entry.Size)
            : now.Size != entry.Size || now.Modified != entry.Modified ? new FileGap(FileGap.Stability, "the file changed while it was read")
            : null;
    }

    public override async ValueTask DisposeAsync()
    {
        await file.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
