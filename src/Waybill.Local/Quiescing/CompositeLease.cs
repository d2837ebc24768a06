using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>Several leases as one.</summary>
internal sealed class CompositeLease(string owner, CompositeArrangement arrangement, ImmutableArray<QuiesceLease> leases) : QuiesceLease
{
    private readonly Lock _lock = new();
    private Task<QuiesceOutcome>? _thaw;

    /// <inheritdoc/>
    public override ConsistencyLevel Level =>
        arrangement == CompositeArrangement.Layers ? leases.Max(lease => lease.Level) : leases.Min(lease => lease.Level);

    /// <inheritdoc/>
    public override Timestamp HeldSince => leases.Max(lease => lease.HeldSince);

    /// <inheritdoc/>
    public override async ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default)
    {
        Task<QuiesceOutcome> thaw;
        lock (_lock)
        {
            thaw = _thaw ??= ThawAllAsync();
        }

        return await thaw.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (QuiesceLease lease in leases.Reverse())
        {
            await lease.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reports what could not be thawed.</summary>
    public static void ThrowIfAny(string owner, List<Exception> problems)
    {
        if (problems.Count > 0)
        {
            throw new ProviderException(
                WaybillErrorCode.ThawFailed, owner, string.Join("; ", problems.Select(problem => problem.Message.TrimEnd('.'))), problems[0]);
        }
    }

    private async Task<QuiesceOutcome> ThawAllAsync()
    {
        List<QuiesceOutcome> outcomes = [];
        List<Exception> problems = [];
        foreach (QuiesceLease lease in leases.Reverse())
        {
            try
            {
                outcomes.Add(await lease.ThawAsync(CancellationToken.None).ConfigureAwait(false));
            }
            catch (WaybillException e)
            {
                // What is under an application that does not go on must go on all the same.
                problems.Add(e);
            }
        }

        ThrowIfAny(owner, problems);
        bool broken = outcomes.Any(outcome => outcome.Broken);
        return new QuiesceOutcome(HeldSince, broken ? HeldSince : outcomes.Min(outcome => outcome.HeldUntil), broken)
        {
            Hooks = [.. outcomes.AsEnumerable().Reverse().SelectMany(outcome => outcome.Hooks).OrderBy(hook => hook.Finished ?? HeldSince)],
        };
    }
}
