namespace Waybill;

/// <summary>Offers a tree of files to be backed up: a local directory, or whatever can be listed and read like one.</summary>
/// <remarks>
/// An implementation MUST (1) list entries in the order of <see cref="FilePath"/>, the root first, each directory before what is in it,
/// (2) report what cannot be read as <see cref="FileTreeEntry.Gaps"/> instead of failing or leaving it out,
/// (3) allow concurrent calls of <see cref="OpenAsync"/>, also while nothing is being listed any more,
/// (4) give all names of one file the same <see cref="FileTreeEntry.LinkGroup"/>; what the first name in order says counts for all.
/// </remarks>
public abstract class FileTreeSource : IAsyncDisposable
{
    /// <summary>Lists the tree.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The entries, without <see cref="FileTreeEntry.Extents"/>.</returns>
    /// <exception cref="ProviderException">The tree as a whole cannot be read.</exception>
    public abstract IAsyncEnumerable<FileTreeEntry> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Opens a regular file.</summary>
    /// <param name="entry">Its entry as it was listed.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The content; the caller disposes it.</returns>
    /// <exception cref="ProviderException">This file cannot be opened, or is gone.</exception>
    public abstract ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
