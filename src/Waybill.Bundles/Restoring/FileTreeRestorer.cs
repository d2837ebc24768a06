namespace Waybill.Bundles;

/// <summary>Restores a tree of files, with everything it inherits. Every byte is verified before it is written.</summary>
public static class FileTreeRestorer
{
    /// <summary>Restores a tree. A file that is damaged in the bundle is left out and reported; the others are restored.</summary>
    /// <param name="chain">The bundle and what it builds on; stays the caller's.</param>
    /// <param name="name">The name of the tree.</param>
    /// <param name="target">Where it goes; stays the caller's.</param>
    /// <param name="options">Limits; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives totals as content is written.</param>
    /// <param name="cancellationToken">Ends the call early; the target is then partly written.</param>
    /// <returns>What is missing. Check <see cref="FileTreeRestoreResult.IsWhole"/>.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.StreamNotFound"/>, <see cref="WaybillErrorCode.RestoreBudgetExceeded"/>, or what reading the list of files and writing
    /// report: without the list, or with a target that fails, there is no going on.
    /// </exception>
    public static async Task<FileTreeRestoreResult> RestoreAsync(
        BundleChain chain,
        string name,
        FileTreeTarget target,
        FileTreeRestoreOptions? options = null,
        IProgress<BundleProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(target);
        StreamInfo? data = chain.Manifest.FindStream(StreamKind.FileData, name);
        options ??= new FileTreeRestoreOptions();
        var budget = new RestoreBudget(options.MaxRestoredBytes, name);
        await budget.CheckTreeAsync(chain.Bundles[0], options, cancellationToken).ConfigureAwait(false);
        BlockReader? content = data is null ? null : chain.OpenStream(StreamKind.FileData, name);
        try
        {
            var copy = new FileTreeCopy(name, content, target, budget);
            await foreach (FileTreeEntry entry in chain.Bundles[0].ReadFileEntriesAsync(name, cancellationToken).ConfigureAwait(false))
            {
                if (options.Includes(entry.Path) && await copy.AddAsync(entry, cancellationToken).ConfigureAwait(false))
                {
                    progress?.Report(new BundleProgress(name, copy.CopiedBytes, data?.VirtualLength, copy.CopiedBytes));
                }
            }

            await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return new FileTreeRestoreResult { DamagedFiles = [.. copy.DamagedFiles], Problems = [.. copy.Problems, .. target.Problems] };
        }
        finally
        {
            if (content is not null)
            {
                await content.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
