using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Checks a storage platform's adapter against every obligation of the provider contracts.</summary>
/// <remarks>
/// It makes volumes and snapshots of its own and removes them, also when it fails or is cancelled. It needs no test framework: run it from any,
/// and let <see cref="ConformanceReport.ThrowIfFailed"/> decide.
/// </remarks>
public static class ProviderConformance
{
    private const long MinVolumeLength = 1024 * 1024;

    private static readonly Obligation s_cleanup = new("cleanup", "Everything that was made MUST be removed when that is asked for.");

    private static readonly (IReadOnlyList<Obligation> Obligations, Func<ProviderScope, Verdicts, CancellationToken, Task> RunAsync)[] s_scenarios =
    [
        (VolumeScenario.Obligations, VolumeScenario.RunAsync),
        (ContentScenario.Obligations, ContentScenario.RunAsync),
        (ProvisioningScenario.Obligations, ProvisioningScenario.RunAsync),
        (SnapshotScenario.Obligations, SnapshotScenario.RunAsync),
        (GroupScenario.Obligations, GroupScenario.RunAsync),
        (AllocatedScenario.Obligations, AllocatedScenario.RunAsync),
        (ChangeScenario.Obligations, ChangeScenario.RunAsync),
        (ChangeAnswerScenario.Obligations, ChangeAnswerScenario.RunAsync),
        (TreeScenario.Obligations, TreeScenario.RunAsync),
        (ChangedFileScenario.Obligations, ChangedFileScenario.RunAsync),
    ];

    /// <summary>Gets all checks in their order, none of them run; for documents and tests about the kit itself.</summary>
    internal static IEnumerable<Obligation> Obligations => s_scenarios.SelectMany(scenario => scenario.Obligations).Append(s_cleanup);

    /// <summary>Runs all checks.</summary>
    /// <param name="provider">The adapter. What other roles it has is asked with <c>is</c>.</param>
    /// <param name="options">How; the default is right for a platform that makes volumes of a few MiB quickly.</param>
    /// <param name="progress">Is told of each check when it ended.</param>
    /// <param name="cancellationToken">Ends the run early; what was made is removed first.</param>
    /// <returns>What was found. A broken obligation is in the report, not an exception.</returns>
    public static async Task<ConformanceReport> RunAsync(
        IVolumeProvider provider,
        ConformanceOptions? options = null,
        IProgress<ConformanceCheck>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ConformanceOptions chosen = options ?? new ConformanceOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(chosen.VolumeLength, MinVolumeLength, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(chosen.Histories, 1, nameof(options));
        List<string> leftovers = [];
        IEnumerable<Scenario> scenarios = s_scenarios
            .Select(one => new Scenario(one.Obligations, (verdicts, token) => RunScopedAsync(provider, chosen, leftovers, one.RunAsync, verdicts, token)))
            .Append(new Scenario([s_cleanup], (verdicts, _) => ReportLeftoversAsync(verdicts, leftovers)));
        return await Scenario.RunAllAsync(provider.Name, scenarios, progress, cancellationToken).ConfigureAwait(false);
    }

    private static async Task RunScopedAsync(
        IVolumeProvider provider,
        ConformanceOptions options,
        List<string> leftovers,
        Func<ProviderScope, Verdicts, CancellationToken, Task> runAsync,
        Verdicts verdicts,
        CancellationToken cancellationToken)
    {
        ProviderScope scope = new(provider, options, leftovers);
        await using (scope.ConfigureAwait(false))
        {
            await runAsync(scope, verdicts, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task ReportLeftoversAsync(Verdicts verdicts, List<string> leftovers)
    {
        verdicts.Record(s_cleanup.Id, leftovers.Count == 0 ? null : string.Join(" ", leftovers));
        return Task.CompletedTask;
    }
}
