using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Engine;

namespace Waybill.Cli.Recover;

/// <summary>Carries out <c>app restore</c>.</summary>
internal sealed class ApplicationRestoration(AppRestoreCall call, CliConsole console)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(call.Engine, console, cancellationToken).ConfigureAwait(false);
        TrustRequest trust = call.Trust.IsDemanded ? call.Trust : configuration.Trust;
        using KeyRing keys = await KeyOptions.LoadAsync(configuration.KeysFor(call.Keys) with { Signers = [], TimestampAuthority = null }, console, cancellationToken)
            .ConfigureAwait(false);
        DirectoryBundleStore store = EngineContexts.OpenStore(configuration, writes: false);
        RecoveryPoint point = await PointFinder.FindAsync(store, call.Application, call.Point, keys.ToReaderOptions(), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Bundles.SignedStatement> statements =
            await SignatureFile.ReadBesideAsync(store.GetPath(point.BundleName), trust.Signatures, console, cancellationToken).ConfigureAwait(false);
        var request = new RestoreRequest(
            point.BundleName,
            await trust.ToPolicyAsync(console.Time, cancellationToken).ConfigureAwait(false),
            new RestoreTargets(call, configuration).Of(point.Manifest!))
        {
            Reader = keys.ToReaderOptions(statements),
            Verify = call.Verify,
        };
        ProviderSet providers = await ProviderSet.OpenAsync(configuration.Providers, console, cancellationToken).ConfigureAwait(false);
        await using (providers.ConfigureAwait(false))
        {
            var runner = new RestoreRunner(EngineContexts.Create(configuration, store, providers, console));
            if (call.DryRun)
            {
                Write(AppRestoreReport.Of(point.BundleName, await runner.PlanAsync(request, cancellationToken).ConfigureAwait(false)));
                return ExitCode.Done;
            }

            RestoreResult result;
            using (var line = new ProgressLine(console))
            {
                result = await runner.RunAsync(request, new EngineProgressLine(line), cancellationToken).ConfigureAwait(false);
            }

            Write(AppRestoreReport.Of(point.BundleName, result));

            // A file that was left out because the bundle is damaged is a loss, however well the rest went.
            return result.Volumes.Any(v => v.DamagedFiles.Length > 0) ? ExitCode.VerificationFailed : ExitCode.Done;
        }
    }

    private void Write(AppRestoreReport report)
    {
        if (call.Json)
        {
            BundleReport.WriteJson(console, report, CliJsonContext.Default.AppRestoreReport);
            return;
        }

        console.Output.WriteLine($"{TerminalText.Escape(report.Application)}: {(report.DryRun ? "would restore" : "restored")} {TerminalText.Escape(report.BundleName)}, made {report.Created}");
        foreach (RestoredVolumeJson volume in report.Volumes)
        {
            string target = volume.VolumeName is { } made ? $"new volume {made}{(volume.Volume is { } id ? $" ({id})" : "")}" : $"volume {volume.Volume}";
            console.Output.WriteLine(
                $"  {TerminalText.Escape(volume.Name)} -> {TerminalText.Escape($"{volume.Provider}: {target}")}{(volume.Verified ? ", read back and the same" : "")}");
            foreach (RestoreProblemJson problem in volume.Problems)
            {
                console.Output.WriteLine($"    not as it was: {TerminalText.Escape(problem.Path)}, {TerminalText.Escape(problem.What)}: {TerminalText.Escape(problem.Reason)}");
            }
        }
    }
}
