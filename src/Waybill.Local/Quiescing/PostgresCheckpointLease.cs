namespace Waybill.Local;

/// <summary>A server that made a checkpoint and whose file systems are held.</summary>
internal sealed class PostgresCheckpointLease(QuiesceLease fileSystems, HookResult checkpoint) : QuiesceLease
{
    /// <inheritdoc/>
    /// <remarks>The checkpoint alone is worth nothing: what was written after it is only whole if the file systems are held.</remarks>
    public override ConsistencyLevel Level => fileSystems.Level >= ConsistencyLevel.FileSystem ? ConsistencyLevel.Application : fileSystems.Level;

    /// <inheritdoc/>
    public override Timestamp HeldSince => fileSystems.HeldSince;

    /// <inheritdoc/>
    public override async ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default)
    {
        QuiesceOutcome outcome = await fileSystems.ThawAsync(cancellationToken).ConfigureAwait(false);
        return outcome with { Hooks = [checkpoint, .. outcome.Hooks] };
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => fileSystems.DisposeAsync();
}
