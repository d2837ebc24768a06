namespace Waybill.Kubernetes;

/// <summary>The files behind claims: movers mount volumes, and volumes that are made of snapshots.</summary>
internal sealed class MovedTrees(Movers movers, SnapshotVolumes volumes)
{
    /// <summary>Opens a snapshot.</summary>
    public async Task<FileTreeSource> OpenAsync(SnapshotObject snapshot, string driver, SnapshotPoint point, Func<ValueTask>? onDispose, CancellationToken cancellationToken)
    {
        MoverTask task = await volumes.PlanAsync(snapshot, driver, point.Length, isTree: true, cancellationToken).ConfigureAwait(false);
        RunningMover mover = await movers.StartAsync(task, cancellationToken).ConfigureAwait(false);
        return new MovedTree(mover.Client.OpenTree(snapshot.Namespace, snapshot.Name), mover, onDispose);
    }

    /// <summary>Opens a volume as it is now.</summary>
    public async Task<FileTreeSource> OpenNowAsync(BoundClaim claim, CancellationToken cancellationToken)
    {
        RunningMover mover = await movers.StartAsync(TaskOf(claim), cancellationToken).ConfigureAwait(false);
        return new MovedTree(mover.Client.OpenTree(claim.Namespace, claim.Name), mover, null);
    }

    /// <summary>Opens a volume that no pod uses, to fill it.</summary>
    public async Task<FileTreeTarget> OpenTargetAsync(BoundClaim claim, bool replaces, Action onDispose, CancellationToken cancellationToken)
    {
        RunningMover mover = await movers.StartAsync(TaskOf(claim) with { IsWritable = true }, cancellationToken).ConfigureAwait(false);
        try
        {
            FileTreeTarget target = await mover.Client.OpenTreeTargetAsync(claim.Namespace, claim.Name, replaces, cancellationToken).ConfigureAwait(false);
            return new MovedTreeTarget(target, mover, onDispose);
        }
        catch
        {
            await mover.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static MoverTask TaskOf(BoundClaim claim) => new(Movers.NewName(), claim.Namespace, claim.Name, claim.Name, claim.Length) { IsTree = true };

    /// <summary>A tree whose mover goes with it.</summary>
    private sealed class MovedTree(FileTreeSource tree, RunningMover mover, Func<ValueTask>? onDispose) : FileTreeSource
    {
        private bool _disposed;

        public override IAsyncEnumerable<FileTreeEntry> ListAsync(CancellationToken cancellationToken = default) => tree.ListAsync(cancellationToken);

        public override ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default) => tree.OpenAsync(entry, cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            if (!_disposed)
            {
                _disposed = true;
                await mover.DisposeAsync().ConfigureAwait(false);
                if (onDispose is not null)
                {
                    await onDispose().ConfigureAwait(false);
                }
            }

            await base.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A target whose mover goes with it.</summary>
    private sealed class MovedTreeTarget(FileTreeTarget target, RunningMover mover, Action onDispose) : FileTreeTarget
    {
        private bool _disposed;

        public override IReadOnlyList<FileRestoreProblem> Problems => target.Problems;

        public override ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default) => target.BeginAsync(entry, cancellationToken);

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
            target.WriteAsync(offset, content, cancellationToken);

        public override ValueTask DiscardAsync(CancellationToken cancellationToken = default) => target.DiscardAsync(cancellationToken);

        public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => target.CompleteAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            if (!_disposed)
            {
                _disposed = true;
                await target.DisposeAsync().ConfigureAwait(false);
                await mover.DisposeAsync().ConfigureAwait(false);
                onDispose();
            }

            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
