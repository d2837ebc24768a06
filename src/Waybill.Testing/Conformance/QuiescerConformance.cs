using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Checks that what is held is let go, whatever happens.</summary>
public static class QuiescerConformance
{
    private static readonly Obligation[] s_obligations =
    [
        new("quiesce.holds", "Quiescing MUST hold the application until it is thawed, and say how consistent it is."),
        new("quiesce.cancelled", "A quiesce that is cancelled MUST end in OperationCanceledException and hold nothing."),
        new("thaw.outcome", "Thawing before the deadline MUST let the application go on and report when it was held, unbroken."),
        new("thaw.idempotent", "Thawing again MUST return the same outcome."),
        new("dispose.thaws", "Disposing MUST thaw if nobody did."),
        new("dispose.quiet", "Disposing MUST NOT throw, again and after thawing included."),
        new("release.lets-go", "Releasing a lease by its id MUST let the application go on, and break the lease."),
        new("release.idempotent", "Releasing what is not held MUST succeed."),
        new("deadline.lets-go", "After the deadline nothing may be held, although nobody thawed."),
        new("deadline.breaks", "A lease that its deadline ended MUST be reported as broken."),
    ];

    /// <summary>Gets all checks in their order.</summary>
    internal static IEnumerable<Obligation> Obligations => s_obligations;

    /// <summary>Runs all checks. The application is held several times, for a moment each.</summary>
    /// <param name="quiescer">The quiescer.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Is told of each check when it ended.</param>
    /// <param name="cancellationToken">Ends the run early; what is held is released first.</param>
    /// <returns>What was found.</returns>
    public static Task<ConformanceReport> RunAsync(
        IQuiescer quiescer,
        QuiescerConformanceOptions? options = null,
        IProgress<ConformanceCheck>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(quiescer);
        Scenario scenario = new(
            s_obligations,
            async (verdicts, token) =>
            {
                QuiescerScope scope = new(quiescer, options ?? new QuiescerConformanceOptions());
                await using (scope.ConfigureAwait(false))
                {
                    await RunAsync(scope, verdicts, token).ConfigureAwait(false);
                }
            });
        return Scenario.RunAllAsync(quiescer.Name, [scenario], progress, cancellationToken);
    }

    private static async Task RunAsync(QuiescerScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        await CheckThawAsync(scope, verdicts, cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "quiesce.cancelled",
            async () =>
            {
                string id = scope.NewId();
                await Verdicts.ExpectCancellationAsync(async () => await scope.HoldAsync(id, new CancellationToken(canceled: true)).ConfigureAwait(false)).ConfigureAwait(false);
                await scope.RequireFreeAsync(id, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await CheckDisposeAsync(scope, verdicts, cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "release.lets-go",
            async () =>
            {
                string id = scope.NewId();
                QuiesceLease lease = await scope.HoldAsync(id, cancellationToken).ConfigureAwait(false);
                await using (lease.ConfigureAwait(false))
                {
                    await scope.Quiescer.ReleaseAsync(id, cancellationToken).ConfigureAwait(false);
                    await scope.RequireFreeAsync(id, cancellationToken).ConfigureAwait(false);
                    QuiesceOutcome outcome = await lease.ThawAsync(cancellationToken).ConfigureAwait(false);
                    Verdicts.Require(outcome.Broken, $"The lease reports {outcome}.");
                }
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "release.idempotent",
            async () =>
            {
                string id = scope.NewId();
                await scope.Quiescer.ReleaseAsync(id, cancellationToken).ConfigureAwait(false);
                await scope.Quiescer.ReleaseAsync(id, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await CheckDeadlineAsync(scope, verdicts, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckThawAsync(QuiescerScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        string id = scope.NewId();
        QuiesceLease lease = await scope.HoldAsync(id, cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
        {
            await verdicts.CheckAsync(
                "quiesce.holds",
                async () =>
                {
                    Verdicts.Require(lease.Level != ConsistencyLevel.Unknown, "The lease does not say how consistent it is.");
                    Verdicts.Require(scope.Options.IsHeld is null || await scope.Options.IsHeld(cancellationToken).ConfigureAwait(false), "The application is not held.");
                },
                cancellationToken).ConfigureAwait(false);
            QuiesceOutcome? outcome = null;
            await verdicts.CheckAsync(
                "thaw.outcome",
                async () =>
                {
                    outcome = await lease.ThawAsync(cancellationToken).ConfigureAwait(false);
                    Verdicts.Require(!outcome.Broken && outcome.HeldSince == lease.HeldSince && outcome.HeldUntil >= outcome.HeldSince, $"It reports {outcome}, held since {lease.HeldSince}.");
                    await scope.RequireFreeAsync(id, cancellationToken).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
            await verdicts.CheckAsync(
                "thaw.idempotent",
                async () =>
                {
                    QuiesceOutcome again = await lease.ThawAsync(cancellationToken).ConfigureAwait(false);
                    Verdicts.Require(again == outcome, $"First {outcome}, then {again}.");
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CheckDisposeAsync(QuiescerScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        string id = scope.NewId();
        QuiesceLease lease = await scope.HoldAsync(id, cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "dispose.thaws",
            async () =>
            {
                await lease.DisposeAsync().ConfigureAwait(false);
                await scope.RequireFreeAsync(id, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "dispose.quiet",
            async () =>
            {
                await lease.DisposeAsync().ConfigureAwait(false);
                QuiesceLease another = await scope.HoldAsync(scope.NewId(), cancellationToken).ConfigureAwait(false);
                await another.ThawAsync(cancellationToken).ConfigureAwait(false);
                await another.DisposeAsync().ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckDeadlineAsync(QuiescerScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        string id = scope.NewId();
        QuiesceLease lease = await scope.HoldAsync(id, cancellationToken, scope.Options.ShortDeadline).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
        {
            // A little more: the deadline counts from the call, but who thaws needs a moment.
            await scope.PassTimeAsync(scope.Options.ShortDeadline * 1.5, cancellationToken).ConfigureAwait(false);
            await verdicts.CheckAsync("deadline.lets-go", () => scope.RequireFreeAsync(id, cancellationToken), cancellationToken).ConfigureAwait(false);
            await verdicts.CheckAsync(
                "deadline.breaks",
                async () =>
                {
                    QuiesceOutcome outcome = await lease.ThawAsync(cancellationToken).ConfigureAwait(false);
                    Verdicts.Require(outcome.Broken, $"The lease reports {outcome}.");
                },
                cancellationToken).ConfigureAwait(false);
        }
    }
}
