namespace Waybill.Testing;

/// <summary>A target that keeps what is taken back.</summary>
internal sealed class BrokenTreeTarget(FileTreeTarget inner, Breach breach) : FileTreeTarget
{
    public override IReadOnlyList<FileRestoreProblem> Problems => inner.Problems;

    public override ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default) => inner.BeginAsync(entry, cancellationToken);

    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(offset, content, cancellationToken);

    public override ValueTask DiscardAsync(CancellationToken cancellationToken = default) =>
        breach == Breach.DiscardIgnored ? ValueTask.CompletedTask : inner.DiscardAsync(cancellationToken);

    public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => inner.CompleteAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
