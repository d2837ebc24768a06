using System.Collections.Immutable;

namespace Waybill.Testing;

/// <summary>A course of events in which several obligations can be checked.</summary>
/// <param name="Obligations">What it checks.</param>
/// <param name="RunAsync">The course of events; it removes what it made.</param>
internal sealed record Scenario(IReadOnlyList<Obligation> Obligations, Func<Verdicts, CancellationToken, Task> RunAsync)
{
    /// <summary>Runs scenarios one after the other. A scenario that breaks down fails its own checks only.</summary>
    public static async Task<ConformanceReport> RunAllAsync(
        string subject,
        IEnumerable<Scenario> scenarios,
        IProgress<ConformanceCheck>? progress,
        CancellationToken cancellationToken,
        TimeProvider? clock = null)
    {
        TimeProvider time = clock ?? TimeProvider.System;
        ImmutableArray<ConformanceCheck>.Builder checks = ImmutableArray.CreateBuilder<ConformanceCheck>();
        foreach (Scenario scenario in scenarios)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Verdicts verdicts = new(scenario.Obligations);
            long start = time.GetTimestamp();
            try
            {
                await scenario.RunAsync(verdicts, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (!Verdicts.IsOurs(failure, cancellationToken))
            {
                verdicts.EndEarly(failure);
            }

            // Where several obligations share a course of events, how long each took cannot be said.
            TimeSpan took = scenario.Obligations.Count == 1 ? time.GetElapsedTime(start) : TimeSpan.Zero;
            foreach (ConformanceCheck check in verdicts.ToChecks().Select(check => check with { Duration = took }))
            {
                checks.Add(check);
                progress?.Report(check);
            }
        }

        return new ConformanceReport(subject, checks.ToImmutable());
    }
}
