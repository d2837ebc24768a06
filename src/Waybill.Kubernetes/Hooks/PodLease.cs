using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Pods whose hooks hold them still.</summary>
/// <param name="quiescer">What gave it, which knows how to reach a guard when the way to it is broken.</param>
/// <param name="leaseId">Its id.</param>
/// <param name="time">The clock.</param>
internal sealed class PodLease(PodQuiescer quiescer, string leaseId, TimeProvider time) : QuiesceLease
{
    private readonly Lock _lock = new();
    private ImmutableArray<(PodGuard Guard, PodCommandEnd Pre)> _held = [];
    private ConsistencyLevel _level;
    private Timestamp _heldSince;
    private bool _broken;
    private Task<QuiesceOutcome>? _thaw;

    /// <inheritdoc/>
    public override ConsistencyLevel Level => _level;

    /// <inheritdoc/>
    public override Timestamp HeldSince => _heldSince;

    public string Id => leaseId;

    /// <summary>Begins the lease.</summary>
    public void Hold(ImmutableArray<(PodGuard Guard, PodCommandEnd Pre)> held, ConsistencyLevel level)
    {
        _held = held;
        _level = level;
        _heldSince = held.Max(one => one.Pre.Ended);
    }

    /// <inheritdoc/>
    public override async ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default) => await ThawOnceAsync(isBreak: false).ConfigureAwait(false);

    /// <summary>Ends the lease behind the back of whoever holds it, unless it ends already.</summary>
    public Task BreakAsync() => ThawOnceAsync(isBreak: true);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            await ThawAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (ProviderException)
        {
            // All that can be done was done: the commands were run and failed, or the deadline is left.
        }
    }

    private Task<QuiesceOutcome> ThawOnceAsync(bool isBreak)
    {
        lock (_lock)
        {
            _broken |= isBreak && _thaw is null;
            return _thaw ??= Task.Run(ThawAllAsync, CancellationToken.None);
        }
    }

    private async Task<QuiesceOutcome> ThawAllAsync()
    {
        Timestamp until = Timestamp.From(time.GetUtcNow());
        bool broken = _broken || _held.Any(one => one.Guard.IsOver);
        PodCommandEnd?[] ends = await Task.WhenAll(_held.Select(one => one.Guard.ThawAsync())).ConfigureAwait(false);
        broken |= _held.Any(one => one.Guard.HasFired) || ends.Contains(null);
        var problems = new List<string>();
        for (int i = 0; i < ends.Length; i++)
        {
            PodGuard guard = _held[i].Guard;
            if (ends[i] is { ExitCode: not 0 } bad && !guard.Hook.PostMayFail)
            {
                problems.Add($"The command after the snapshot in {guard.Hook.Place} {bad.Describe()}{guard.Printed}");
            }
            else if (ends[i] is null && await quiescer.TryReleaseAsync(guard.Hook, leaseId).ConfigureAwait(false) is { } problem)
            {
                problems.Add($"Whether {guard.Hook.Place} goes on is not known: {problem.Message}");
            }

            await guard.DisposeAsync().ConfigureAwait(false);
        }

        quiescer.Forget(this);
        return problems.Count > 0
            ? throw new ProviderException(WaybillErrorCode.ThawFailed, quiescer.Name, string.Join("; ", problems)) { Hint = "Look at the pod; run the command by hand." }
            : new QuiesceOutcome(HeldSince, broken ? HeldSince : until, broken) { Hooks = [.. HooksOf(ends)] };
    }

    private IEnumerable<HookResult> HooksOf(PodCommandEnd?[] ends)
    {
        foreach ((PodGuard guard, PodCommandEnd pre) in _held.Where(one => !one.Guard.Hook.Pre.IsEmpty))
        {
            yield return new HookResult($"{guard.Hook.Place}: pre", pre.ExitCode) { Started = pre.Started, Finished = pre.Ended };
        }

        for (int i = 0; i < ends.Length; i++)
        {
            if (!_held[i].Guard.Hook.Post.IsEmpty && ends[i] is { } post)
            {
                yield return new HookResult($"{_held[i].Guard.Hook.Place}: post", post.ExitCode) { Started = post.Started, Finished = post.Ended };
            }
        }
    }
}
