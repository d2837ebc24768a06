using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <summary>Restores a tree of files, with everything it inherits. Every byte is verified before it is written.</summary>
public static class FileTreeRestorer
{
    private const int PieceLength = 1024 * 1024;

    /// <summary>Restores a tree.</summary>
    /// <param name="chain">The bundle and what it builds on; stays the caller's.</param>
    /// <param name="name">The name of the tree.</param>
    /// <param name="target">Where it goes; stays the caller's.</param>
    /// <param name="progress">Receives totals as content is written.</param>
    /// <param name="cancellationToken">Ends the call early; the target is then partly written.</param>
    /// <returns>What is missing: gaps the bundle records, then what the target could not restore. Empty if all is as it was.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.StreamNotFound"/>, or what reading and writing report.</exception>
    public static async Task<IReadOnlyList<FileRestoreProblem>> RestoreAsync(
        BundleChain chain, string name, FileTreeTarget target, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(target);
        StreamInfo? data = chain.Manifest.FindStream(StreamKind.FileData, name);
        List<FileRestoreProblem> gaps = [];
        BlockReader? content = data is null ? null : chain.OpenStream(StreamKind.FileData, name);
        try
        {
            long done = 0;
            var buffer = new byte[PieceLength];
            await foreach (FileTreeEntry entry in chain.Bundles[0].ReadFileEntriesAsync(name, cancellationToken).ConfigureAwait(false))
            {
                gaps.AddRange(entry.Gaps.Select(g => new FileRestoreProblem(entry.Path, g.What, g.Reason)));
                if (await target.BeginAsync(entry, cancellationToken).ConfigureAwait(false))
                {
                    done += await CopyAsync(entry, content, target, buffer, name, cancellationToken).ConfigureAwait(false);
                    progress?.Report(new BundleProgress(name, done, data?.VirtualLength, done));
                }
            }

            await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return [.. gaps, .. target.Problems];
        }
        finally
        {
            if (content is not null)
            {
                await content.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<long> CopyAsync(FileTreeEntry entry, BlockReader? content, FileTreeTarget target, byte[] buffer, string name, CancellationToken cancellationToken)
    {
        long copied = 0;
        foreach (FileExtent extent in entry.Extents)
        {
            for (long done = 0; done < extent.Length;)
            {
                // Pieces end on the grid of the data, so that large files are read by whole cells.
                long address = extent.DataOffset + done;
                int length = (int)Math.Min(extent.Length - done, PieceLength - (address % PieceLength));
                Memory<byte> piece = buffer.AsMemory(0, length);
                await SourceReading.ReadExactlyAsync(content!, address, piece, name, cancellationToken).ConfigureAwait(false);
                await target.WriteAsync(extent.FileOffset + done, piece, cancellationToken).ConfigureAwait(false);
                done += length;
                copied += length;
            }
        }

        return copied;
    }
}
