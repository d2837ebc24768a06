using System.Collections.Immutable;
using Grpc.Core;

namespace Waybill.Testing;

/// <summary>Checks a CSI driver of any vendor, over its socket, against what the interface obliges it to.</summary>
/// <remarks>
/// What the driver does not announce is not checked, and what it announces that the suite does not know is no failure. Everything that is made is removed,
/// also when a check fails or the run is cancelled; what could not be removed is the evidence of the check <c>csi.cleanup</c>, of which a run that is
/// cancelled only tells the progress.
/// Checks that publish volumes need the rights to read and write what the driver mounts, mostly root.
/// </remarks>
public static class CsiConformance
{
    private const int MaxPrefixBytes = 40;

    private static readonly Obligation s_cleanup = new("csi.cleanup", "Everything that was made MUST be removed when that is asked for.");

    private static readonly ImmutableArray<CsiCheck> s_checks =
    [
        .. IdentityChecks.All, .. ControllerChecks.All, .. CreateVolumeChecks.All, .. VolumeChecks.All, .. AttachmentChecks.All, .. SnapshotChecks.All,
        .. SnapshotListChecks.All, .. GroupChecks.All, .. GroupConsistencyChecks.All, .. NodeArgumentChecks.All, .. NodeChecks.All, .. MetadataArgumentChecks.All,
        .. MetadataStreamChecks.All, .. MetadataContentChecks.All, .. RestartChecks.All,
    ];

    /// <summary>Gets the ids of all checks, in the order in which they run.</summary>
    public static ImmutableArray<string> CheckIds { get; } = [.. s_checks.Select(check => check.Id), s_cleanup.Id];

    /// <summary>Gets all checks in their order, none of them run; for documents and tests about the suite itself.</summary>
    internal static IEnumerable<Obligation> Obligations => s_checks.Select(check => new Obligation(check.Id, check.Text)).Append(s_cleanup);

    /// <summary>Runs the checks one after the other.</summary>
    /// <param name="options">Which driver, and how.</param>
    /// <param name="progress">Is told of each check when it ended.</param>
    /// <param name="cancellationToken">Ends the run early; what was made is removed first.</param>
    /// <returns>What was found. A broken obligation is in the report, not an exception.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderFailed"/>: nothing that speaks CSI answers at the endpoint.</exception>
    public static async Task<ConformanceReport> RunAsync(
        CsiConformanceOptions options, IProgress<ConformanceCheck>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        List<string> leftovers = [];
        try
        {
            return await RunAsync(options, leftovers, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody gets a report then, but somebody has to remove it.
            if (leftovers.Count > 0)
            {
                progress?.Report(new ConformanceCheck(s_cleanup.Id, s_cleanup.Text, ConformanceOutcome.Failed, string.Join(" ", leftovers)));
            }

            throw;
        }
    }

    private static async Task<ConformanceReport> RunAsync(
        CsiConformanceOptions options, List<string> leftovers, IProgress<ConformanceCheck>? progress, CancellationToken cancellationToken)
    {
        CsiSession session = await CsiSession.OpenAsync(options, leftovers, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            IEnumerable<Scenario> scenarios = s_checks
                .Where(check => IsNamed(check.Id, options.Only) || options.Only.IsEmpty)
                .Select(check => new Scenario([new Obligation(check.Id, check.Text)], (verdicts, token) => RunOneAsync(session, check, verdicts, token)))
                .Append(new Scenario([s_cleanup], (verdicts, _) => ReportLeftoversAsync(session, verdicts, leftovers)));
            return await Scenario.RunAllAsync(session.Subject, scenarios, progress, cancellationToken, options.TimeProvider).ConfigureAwait(false);
        }
    }

    private static bool IsNamed(string id, ImmutableArray<string> names) =>
        names.Any(name => id == name || (id.StartsWith(name, StringComparison.Ordinal) && id[name.Length] == '.'));

    private static void Validate(CsiConformanceOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.VolumeLength, 1L << 20, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repetitions, 2, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Concurrency, 2, nameof(options));
        if (System.Text.Encoding.UTF8.GetByteCount(options.NamePrefix) is 0 or > MaxPrefixBytes)
        {
            throw new ArgumentException($"What names begin with has 1 to {MaxPrefixBytes} bytes.", nameof(options));
        }

        foreach (string name in options.Only.Concat(options.Skip))
        {
            if (!CheckIds.Any(id => IsNamed(id, [name])))
            {
                throw new ArgumentException($"No check is called '{name}' or begins so.", nameof(options));
            }
        }
    }

    private static async Task RunOneAsync(CsiSession session, CsiCheck check, Verdicts verdicts, CancellationToken cancellationToken)
    {
        if (IsNamed(check.Id, session.Options.Skip))
        {
            verdicts.Skip(check.Id, "It was left out on request.");
            return;
        }

        CsiScope scope = new(session);
        await using (scope.ConfigureAwait(false))
        {
            await verdicts.CheckAsync(
                check.Id,
                async () =>
                {
                    try
                    {
                        await check.RunAsync(scope, cancellationToken).ConfigureAwait(false);
                    }
                    catch (RpcException) when (cancellationToken.IsCancellationRequested)
                    {
                        throw new OperationCanceledException(cancellationToken);
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task ReportLeftoversAsync(CsiSession session, Verdicts verdicts, List<string> leftovers)
    {
        await session.RemoveSharedAsync().ConfigureAwait(false);
        verdicts.Record(s_cleanup.Id, leftovers.Count == 0 ? null : string.Join(" ", leftovers));
    }
}
