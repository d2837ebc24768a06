namespace Waybill.Local;

/// <summary>Frozen file systems.</summary>
internal sealed class FileSystemLease(FileSystemFreeze freeze) : QuiesceLease
{
    /// <inheritdoc/>
    public override ConsistencyLevel Level => ConsistencyLevel.FileSystem;

    /// <inheritdoc/>
    public override Timestamp HeldSince => freeze.HeldSince;

    /// <inheritdoc/>
    public override async ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default)
    {
        FreezeEnd end = await freeze.ThawAsync().ConfigureAwait(false);
        return new QuiesceOutcome(HeldSince, end.HeldUntil, end.Broken);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => freeze.DisposeAsync();
}
