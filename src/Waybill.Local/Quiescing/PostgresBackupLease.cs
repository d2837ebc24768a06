namespace Waybill.Local;

/// <summary>A server in backup mode, for as long as its session lives.</summary>
internal sealed class PostgresBackupLease(
    PostgresQuiescerOptions options, string leaseId, PostgresSession psql, int version, HookResult begin, TimeProvider time) : QuiesceLease
{
    private readonly Lock _lock = new();
    private Task<QuiesceOutcome>? _thaw;

    /// <inheritdoc/>
    public override ConsistencyLevel Level => ConsistencyLevel.Application;

    /// <inheritdoc/>
    public override Timestamp HeldSince => begin.Finished!.Value;

    /// <inheritdoc/>
    public override async ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default)
    {
        Task<QuiesceOutcome> thaw;
        lock (_lock)
        {
            thaw = _thaw ??= EndBackupAsync();
        }

        return await thaw.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync() => await ThawAsync(CancellationToken.None).ConfigureAwait(false);

    private async Task<QuiesceOutcome> EndBackupAsync()
    {
        Timestamp until = Timestamp.From(time.GetUtcNow());
        PostgresBackupLabel? label = null;
        try
        {
            label = await psql.EndBackupAsync(version, leaseId, options.WaitForArchive, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ProviderException)
        {
            // The session is gone, and the backup mode with it: nothing is held, but nothing was gained either.
        }

        await psql.DisposeAsync().ConfigureAwait(false);
        var end = new HookResult($"{options.Name}: end backup", label is null ? 1 : 0) { Started = until, Finished = Timestamp.From(time.GetUtcNow()) };
        bool stored = label is not null && await TryStoreAsync(label).ConfigureAwait(false);
        return new QuiesceOutcome(HeldSince, stored ? until : HeldSince, !stored)
        {
            Hooks = label is null || stored ? [begin, end] : [begin, end, new HookResult($"{options.Name}: store label", 1)],
        };
    }

    private async Task<bool> TryStoreAsync(PostgresBackupLabel label)
    {
        try
        {
            await options.StoreLabelAsync!(label, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // Whatever the caller's code throws, a copy without its label is none, and a lease must end with an outcome.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
