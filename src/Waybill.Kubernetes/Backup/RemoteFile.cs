using System.Runtime.CompilerServices;

namespace Waybill.Kubernetes;

/// <summary>An open file of a tree that is elsewhere.</summary>
/// <param name="tree">The tree.</param>
/// <param name="entry">The file as it was listed.</param>
/// <param name="first">What was fetched when it was opened.</param>
/// <param name="isWhole">Whether that is all of it; else only its ranges are known.</param>
internal sealed class RemoteFile(RemoteTree tree, FileTreeEntry entry, FilePart first, bool isWhole) : FileContent
{
    private readonly ReadWindows? _windows = isWhole ? null : new ReadWindows(
        entry.Size,
        async (offset, size, cancellationToken) =>
            (await tree.FetchAsync(entry, new ByteRange(offset, size), rangesOnly: false, cancellationToken).ConfigureAwait(false)).Bytes);

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (offset >= entry.Size)
        {
            return ValueTask.FromResult(0);
        }

        if (_windows is not null)
        {
            return _windows.ReadAsync(offset, destination, cancellationToken);
        }

        ReadOnlySpan<byte> found = first.Bytes.AsSpan((int)Math.Min(offset, first.Bytes.Length));
        int read = Math.Min(found.Length, destination.Length);
        found[..read].CopyTo(destination.Span);
        return ValueTask.FromResult(read);
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (ByteRange range in first.Ranges)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return range;
        }
    }

    public override async ValueTask<FileGap?> FindChangeAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return isWhole ? first.Change : (await tree.FetchAsync(entry, new ByteRange(entry.Size, 0), rangesOnly: true, cancellationToken).ConfigureAwait(false)).Change;
        }
        catch (ProviderException error) when (error.Code == WaybillErrorCode.SourceReadFailed)
        {
            return new FileGap(FileGap.Stability, $"it cannot be said whether the file changed while it was read: {error.Message}");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_windows is not null)
        {
            await _windows.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }
}
