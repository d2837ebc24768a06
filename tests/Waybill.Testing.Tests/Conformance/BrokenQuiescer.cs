using Waybill.Providers;

namespace Waybill.Testing.Tests;

public enum QuiesceBreach
{
    HoldsNothing,
    IgnoresCancel,
    ReportsBroken,
    SecondThawDiffers,
    DisposeDoesNothing,
    DisposeThrows,
    ReleaseDoesNothing,
    ReleaseOfUnknownThrows,
    NoDeadline,
    ReportsUnbroken,
}

/// <summary>A quiescer that breaks one obligation.</summary>
internal sealed class BrokenQuiescer(ScriptedQuiescer inner, QuiesceBreach breach) : IQuiescer
{
    public string Name => inner.Name;

    public async ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default)
    {
        QuiesceRequest asked = breach == QuiesceBreach.NoDeadline ? request with { Deadline = TimeSpan.FromDays(1) } : request;
        QuiesceLease lease = await inner.QuiesceAsync(asked, breach == QuiesceBreach.IgnoresCancel ? CancellationToken.None : cancellationToken);
        return new Lease(lease, breach);
    }

    public ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default) => breach switch
    {
        QuiesceBreach.ReleaseDoesNothing => ValueTask.CompletedTask,
        QuiesceBreach.ReleaseOfUnknownThrows when !inner.Held.Contains(leaseId) => throw new ProviderException(WaybillErrorCode.ThawFailed, Name, "Nothing is held."),
        _ => inner.ReleaseAsync(leaseId, cancellationToken),
    };

    private sealed class Lease(QuiesceLease inner, QuiesceBreach breach) : QuiesceLease
    {
        private int _thaws;

        public override ConsistencyLevel Level => inner.Level;

        public override Timestamp HeldSince => inner.HeldSince;

        public override async ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default)
        {
            QuiesceOutcome outcome = await inner.ThawAsync(cancellationToken);
            return breach switch
            {
                QuiesceBreach.ReportsBroken => outcome with { Broken = true },
                QuiesceBreach.ReportsUnbroken => outcome with { Broken = false },
                QuiesceBreach.SecondThawDiffers when ++_thaws > 1 => outcome with { HeldUntil = new Timestamp(0, 0) },
                _ => outcome,
            };
        }

        public override ValueTask DisposeAsync() => breach switch
        {
            QuiesceBreach.DisposeDoesNothing => ValueTask.CompletedTask,
            QuiesceBreach.DisposeThrows when ++_thaws > 1 => throw new InvalidOperationException("Disposed twice."),
            _ => inner.DisposeAsync(),
        };
    }
}
