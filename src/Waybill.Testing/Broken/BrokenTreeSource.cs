using System.Runtime.CompilerServices;

namespace Waybill.Testing;

/// <summary>A tree of files that is listed or read wrongly.</summary>
internal sealed class BrokenTreeSource(FileTreeSource inner, Breach breach, Func<Task> refuseSecondAsync) : FileTreeSource
{
    public override async IAsyncEnumerable<FileTreeEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool endsCleanly = breach == Breach.TreeListEndsOnCancel;
        CancellationToken passed = endsCleanly ? CancellationToken.None : cancellationToken;
        List<FileTreeEntry> entries = await inner.ListAsync(passed).ToListAsync(passed).ConfigureAwait(false);
        if (breach == Breach.TreeUnsorted)
        {
            entries.Reverse(1, entries.Count - 1);
        }

        foreach (FileTreeEntry entry in entries)
        {
            if (endsCleanly && cancellationToken.IsCancellationRequested)
            {
                yield break;
            }

            cancellationToken.ThrowIfCancellationRequested();
            yield return breach == Breach.LinksNotGrouped ? entry with { LinkGroup = 0 } : entry;
        }

        if (!endsCleanly)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public override async ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        if (breach == Breach.OneFileAtATime)
        {
            await refuseSecondAsync().ConfigureAwait(false);
        }

        return new Content(await inner.OpenAsync(entry, cancellationToken).ConfigureAwait(false), breach);
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class Content(FileContent inner, Breach breach) : FileContent
    {
        public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
            if (read > 0 && breach == Breach.TreeContentWrong)
            {
                destination.Span[read - 1] ^= 1;
            }

            return read;
        }

        public override IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default) =>
            breach == Breach.FileRangesIncomplete ? AsyncEnumerable.Empty<ByteRange>() : inner.GetDataRangesAsync(cancellationToken);

        public override ValueTask<FileGap?> FindChangeAsync(CancellationToken cancellationToken = default) => inner.FindChangeAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
