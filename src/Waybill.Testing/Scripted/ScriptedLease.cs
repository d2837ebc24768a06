using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A lease of a <see cref="ScriptedQuiescer"/>, which guards it.</summary>
internal sealed class ScriptedLease(ScriptedQuiescer quiescer, string id, ConsistencyLevel level, Timestamp heldSince) : QuiesceLease
{
    private ITimer? _deadline;

    public string Id { get; } = id;

    public QuiesceOutcome? Outcome { get; private set; }

    public override ConsistencyLevel Level { get; } = level;

    public override Timestamp HeldSince { get; } = heldSince;

    public void Arm(TimeProvider time, TimeSpan deadline) =>
        _deadline = time.CreateTimer(_ => quiescer.End(Id, "deadline"), null, deadline, Timeout.InfiniteTimeSpan);

    public QuiesceOutcome End(Timestamp until, bool broken)
    {
        _deadline?.Dispose();
        return Outcome ??= new QuiesceOutcome(HeldSince, until, broken)
        {
            Hooks = Level == ConsistencyLevel.Application ? [new HookResult("scripted", 0) { Started = HeldSince, Finished = HeldSince }] : [],
        };
    }

    public override ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(quiescer.Thaw(this));

    public override ValueTask DisposeAsync()
    {
        try
        {
            quiescer.Thaw(this);
        }
        catch (ProviderException)
        {
            // Disposing never throws; the deadline lets go what could not be thawed.
        }

        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
