namespace Waybill.Samples.FileShare;

/// <summary>Restores into a share. What may not be written is left out with all that lies below it, and reported.</summary>
internal sealed class GuardedTreeTarget(FileTreeTarget target, ShareGuard guard) : FileTreeTarget
{
    private readonly List<FileRestoreProblem> _denied = [];
    private FilePath? _deniedDirectory;

    public override IReadOnlyList<FileRestoreProblem> Problems => [.. target.Problems, .. _denied];

    public override async ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (_deniedDirectory is { } above && entry.Path.IsBelow(above))
        {
            _denied.Add(new FileRestoreProblem(entry.Path, FileRestoreProblem.File, $"its directory '{above}' was left out"));
            return false;
        }

        if (await guard.AskAsync(entry.Path, ShareOperation.Write, cancellationToken).ConfigureAwait(false) is { } denied)
        {
            if (entry.Path.IsRoot)
            {
                throw guard.Refuse(entry.Path, denied);
            }

            _denied.Add(new FileRestoreProblem(entry.Path, FileRestoreProblem.File, denied));
            _deniedDirectory = entry.Type == FileType.Directory ? entry.Path : _deniedDirectory;
            return false;
        }

        return await guard.DoAsync(entry.Path, ShareOperation.Write, () => target.BeginAsync(entry, cancellationToken)).ConfigureAwait(false);
    }

    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        target.WriteAsync(offset, content, cancellationToken);

    public override ValueTask DiscardAsync(CancellationToken cancellationToken = default) => target.DiscardAsync(cancellationToken);

    public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => target.CompleteAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await target.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
