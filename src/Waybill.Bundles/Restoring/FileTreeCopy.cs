using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <summary>Copies the content of files, one after the other, and leaves out those that cannot be read whole.</summary>
internal sealed class FileTreeCopy(string name, BlockReader? content, FileTreeTarget target, RestoreBudget budget)
{
    private const int PieceLength = 1024 * 1024;

    private readonly byte[] _buffer = new byte[PieceLength];

    public long CopiedBytes { get; private set; }

    public List<FileRestoreProblem> Problems { get; } = [];

    public List<FilePath> DamagedFiles { get; } = [];

    /// <summary>Restores one entry.</summary>
    /// <returns>Whether its content was wanted.</returns>
    public async ValueTask<bool> AddAsync(FileTreeEntry entry, CancellationToken cancellationToken)
    {
        Problems.AddRange(entry.Gaps.Select(g => new FileRestoreProblem(entry.Path, g.What, g.Reason)));
        if (!await target.BeginAsync(entry, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        budget.Spend(entry.Size);
        if (await CopyAsync(entry, cancellationToken).ConfigureAwait(false) is { } damage)
        {
            // A file with a hole where data was looks whole to whoever opens it. What is left of it is salvage's to save, and to mark.
            await target.DiscardAsync(cancellationToken).ConfigureAwait(false);
            DamagedFiles.Add(entry.Path);
            Problems.Add(new FileRestoreProblem(entry.Path, FileRestoreProblem.File, $"its content is damaged, so it was left out: {damage.CodeText}: {damage.Message}"));
        }

        return true;
    }

    /// <summary>Tells whether an error concerns what was read and not everything: other files may be intact. An error that may pass is for the caller to retry.</summary>
    private static bool IsDamage(WaybillException e) =>
        e is BundleFormatException || (e.Code is WaybillErrorCode.SourceReadFailed or WaybillErrorCode.SourceChanged && !e.IsTransient);

    private async ValueTask<WaybillException?> CopyAsync(FileTreeEntry entry, CancellationToken cancellationToken)
    {
        foreach (FileExtent extent in entry.Extents)
        {
            for (long done = 0; done < extent.Length;)
            {
                // Pieces end on the grid of the data, so that large files are read by whole cells.
                long address = extent.DataOffset + done;
                int length = (int)Math.Min(extent.Length - done, PieceLength - (address % PieceLength));
                Memory<byte> piece = _buffer.AsMemory(0, length);
                if (await ReadAsync(address, piece, cancellationToken).ConfigureAwait(false) is { } damage)
                {
                    return damage;
                }

                await target.WriteAsync(extent.FileOffset + done, piece, cancellationToken).ConfigureAwait(false);
                done += length;
                CopiedBytes += length;
            }
        }

        return null;
    }

    private async ValueTask<WaybillException?> ReadAsync(long address, Memory<byte> piece, CancellationToken cancellationToken)
    {
        try
        {
            await SourceReading.ReadExactlyAsync(content!, address, piece, name, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (WaybillException e) when (IsDamage(e))
        {
            return e;
        }
    }
}
