using System.Runtime.CompilerServices;
using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>Compares a tree that was restored with what the bundle holds: names, types, links, sizes and every byte. What else a file has, its target speaks for.</summary>
/// <param name="chain">The bundle and what it builds on.</param>
/// <param name="name">The name of the tree.</param>
/// <param name="progress">Receives how far it is.</param>
internal sealed class TreeComparison(BundleChain chain, string name, IProgress<EngineProgress>? progress)
{
    /// <summary>Gets how many files could not be read back, of which is known that they are not as they were.</summary>
    public int Unread { get; private set; }

    /// <summary>Finds the first file that is not what it should be.</summary>
    /// <param name="written">What is there. What is not in the bundle, such as a file system's own directories, is passed over.</param>
    /// <param name="options">What was restored.</param>
    /// <param name="missing">Files of which is known that they are not there.</param>
    /// <param name="changed">Files of which is known that something is not as it was, which may keep them from being read.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The file and what is wrong with it; null if all is well.</returns>
    public async Task<(FilePath Path, string Why)?> FindDifferenceAsync(
        FileTreeSource written, FileTreeRestoreOptions options, IReadOnlySet<FilePath> missing, IReadOnlySet<FilePath> changed, CancellationToken cancellationToken)
    {
        BlockReader? content = chain.Manifest.FindStream(StreamKind.FileData, name) is null ? null : chain.OpenStream(StreamKind.FileData, name);
        IAsyncEnumerator<FileTreeEntry> found = written.ListAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            bool more = await found.MoveNextAsync().ConfigureAwait(false);
            long compared = 0;
            await foreach (FileTreeEntry entry in chain.Bundles[0].ReadFileEntriesAsync(name, cancellationToken).ConfigureAwait(false))
            {
                if (!options.Includes(entry.Path) || missing.Contains(entry.Path))
                {
                    continue;
                }

                while (more && found.Current.Path < entry.Path)
                {
                    more = await found.MoveNextAsync().ConfigureAwait(false);
                }

                FileTreeEntry? there = more && found.Current.Path == entry.Path ? found.Current : null;
                if (FindDifference(entry, there) is { } why)
                {
                    return (entry.Path, why);
                }

                try
                {
                    if (entry.Type == FileType.Regular && await FindDifferenceAsync(written, content, entry, there!, compared, cancellationToken).ConfigureAwait(false) is { } offset)
                    {
                        return (entry.Path, $"it differs from the byte {offset} on");
                    }
                }
                catch (ProviderException error) when (!error.IsTransient && changed.Contains(entry.Path))
                {
                    Unread++;
                }

                compared += entry.Size;
            }

            return null;
        }
        finally
        {
            await found.DisposeAsync().ConfigureAwait(false);
            if (content is not null)
            {
                await content.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static string? FindDifference(FileTreeEntry entry, FileTreeEntry? there) =>
        there is null ? "it is not there"
        : there.Type != entry.Type ? $"it is of the type {there.Type}"
        : there.Size != entry.Size ? $"it has {there.Size} bytes instead of {entry.Size}"
        : there.LinkTarget.AsSpan().SequenceEqual(entry.LinkTarget.AsSpan()) ? null : "it points elsewhere";

    private async Task<long?> FindDifferenceAsync(
        FileTreeSource written, BlockReader? content, FileTreeEntry entry, FileTreeEntry there, long before, CancellationToken cancellationToken)
    {
        FileContent file = await written.OpenAsync(there, cancellationToken).ConfigureAwait(false);
        var now = new WrittenFile(file, entry.Size);
        await using (now.ConfigureAwait(false))
        {
            return await ContentDifference.FindAsync(
                new BundledFile(content, entry), now, position => progress?.Report(new EngineProgress(EnginePhase.Verifying, name, before + position, null)), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A file as the bundle holds it.</summary>
    private sealed class BundledFile(BlockReader? content, FileTreeEntry entry) : BlockReader
    {
        public override long Length => entry.Size;

        public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            int count = (int)Math.Min(destination.Length, entry.Size - offset);
            destination.Span[..count].Clear();
            foreach (FileExtent extent in entry.Extents)
            {
                ByteRange part = new ByteRange(extent.FileOffset, extent.Length).Intersect(new ByteRange(offset, count));
                if (!part.IsEmpty)
                {
                    Memory<byte> piece = destination.Slice((int)(part.Offset - offset), (int)part.Length);
                    await content!.ReadAsync(extent.DataOffset + part.Offset - extent.FileOffset, piece, cancellationToken).ConfigureAwait(false);
                }
            }

            return count;
        }

        public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask.ConfigureAwait(false);
            foreach (FileExtent extent in entry.Extents)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new ByteRange(extent.FileOffset, extent.Length);
            }
        }
    }

    /// <summary>A file as it was restored.</summary>
    private sealed class WrittenFile(FileContent file, long length) : BlockReader
    {
        public override long Length => length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
            file.ReadAsync(offset, destination[..(int)Math.Min(destination.Length, length - offset)], cancellationToken);

        public override IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default) => file.GetDataRangesAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await file.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
