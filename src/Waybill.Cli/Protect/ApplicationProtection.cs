using Waybill.Bundles;
using Waybill.Cli.Clusters;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Engine;
using Waybill.Kubernetes;
using Waybill.Storage;

namespace Waybill.Cli.Protect;

/// <summary>Carries out <c>app protect</c> and <c>app plan</c>.</summary>
internal sealed class ApplicationProtection(ProtectCall call, CliConsole console)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(call.Engine, console, cancellationToken).ConfigureAwait(false);
        if (call.Cluster is null)
        {
            ApplicationSelection selected = await ApplicationSelection.SelectAsync(call.Application, configuration, console, cancellationToken).ConfigureAwait(false);
            return await RunAsync(configuration, selected, null, null, cancellationToken).ConfigureAwait(false);
        }

        ApplicationSelector selector = ClusterSelection.ParseSelector(call.Application.Name);
        ClusterStorage cluster = await ClusterStorage.OpenAsync(call.Cluster, console, cancellationToken).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            using CapturedApplication captured = await cluster.CaptureAsync(selector, console, cancellationToken).ConfigureAwait(false);
            bool hasHooks = !call.NoHooks && cluster.TakeHooks(captured);
            return await RunAsync(configuration, ApplicationSelection.OfCluster(captured, hasHooks, call, configuration), captured, cluster, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> RunAsync(
        WaybillConfiguration configuration, ApplicationSelection selected, CapturedApplication? captured, ClusterStorage? cluster, CancellationToken cancellationToken)
    {
        CaptureGapJson[] gaps = [.. (captured?.Gaps ?? []).Select(CaptureGapJson.Of)];
        KeyRequest keyRequest = configuration.KeysFor(call.Keys);
        using KeyRing keys = await KeyOptions.LoadAsync(call.DryRun ? keyRequest with { Signers = [], TimestampAuthority = null } : keyRequest, console, cancellationToken)
            .ConfigureAwait(false);
        DirectoryBundleStore store = EngineContexts.OpenStore(configuration, writes: true);
        var request = new ProtectRequest
        {
            ForceFull = call.ForceFull,
            Resume = call.Resume,
            Reader = keys.ToReaderOptions(),
            Trust = await configuration.Trust.ToPolicyAsync(console.Time, cancellationToken).ConfigureAwait(false),
        };
        EncryptionRequest encryption = call.Encryption is { } given && (given.Recipients.Count > 0 || given.NoEncryption) ? given : configuration.Encryption;
        if (!call.DryRun)
        {
            await RequireEncryptionAsync(store, encryption, cancellationToken).ConfigureAwait(false);
        }

        using RecipientList recipients = call.DryRun
            ? new RecipientList([])
            : await RecipientOptions.LoadAsync(encryption.Recipients, console, cancellationToken).ConfigureAwait(false);
        request = request with { Writer = CreateWriter(configuration, encryption.ToEncryption(recipients), keys.Signers) };
        ProviderSet providers = await ProviderSet.OpenAsync(selected.Providers, console, cancellationToken).ConfigureAwait(false);
        await using (providers.ConfigureAwait(false))
        {
            var runner = new ProtectRunner(EngineContexts.Create(configuration, store, providers, console, cluster));
            return call.DryRun
                ? await PlanAsync(runner, selected.Application, request, gaps, cancellationToken).ConfigureAwait(false)
                : await ProtectAsync(runner, selected.Application, request, store, gaps, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> PlanAsync(ProtectRunner runner, ProtectedApplication application, ProtectRequest request, CaptureGapJson[] gaps, CancellationToken cancellationToken)
    {
        ProtectPlan plan;
        using (var line = new ProgressLine(console))
        {
            plan = await runner.PlanAsync(application, request, new EngineProgressLine(line), cancellationToken).ConfigureAwait(false);
        }

        AppPlanReport report = AppPlanReport.Of(plan);
        if (call.Json)
        {
            BundleReport.WriteJson(console, report, CliJsonContext.Default.AppPlanReport);
        }
        else
        {
            ProtectText.Write(console.Output, report);
            ApplicationText.WriteGaps(console.Output, gaps);
        }

        return ExitCode.Done;
    }

    private async Task<int> ProtectAsync(
        ProtectRunner runner, ProtectedApplication application, ProtectRequest request, DirectoryBundleStore store, CaptureGapJson[] gaps, CancellationToken cancellationToken)
    {
        ProtectResult result;
        using (var line = new ProgressLine(console))
        {
            result = await runner.RunAsync(application, request, new EngineProgressLine(line), cancellationToken).ConfigureAwait(false);
        }

        AppProtectReport report = AppProtectReport.Of(result, store.GetPath(result.BundleName), gaps);
        if (call.Json)
        {
            BundleReport.WriteJson(console, report, CliJsonContext.Default.AppProtectReport);
        }
        else
        {
            ProtectText.Write(console.Output, report);
            ApplicationText.WriteGaps(console.Output, gaps);
        }

        foreach (WaybillException problem in result.CleanupProblems)
        {
            // The point is made all the same, and the ledger remembers.
            await console.Error.WriteLineAsync(TerminalText.Escape($"waybill: not cleaned up: {problem.ToDisplayString()}")).ConfigureAwait(false);
        }

        return ExitCode.Done;
    }

    private BundleWriterOptions CreateWriter(WaybillConfiguration configuration, BundleEncryption? encryption, IReadOnlyList<BundleSigner> signers) => new()
    {
        Codec = call.Codec ?? configuration.Codec,
        Encryption = encryption,
        Signers = signers,
        Writer = new WriterIdentity("waybill", CliApplication.Version, "default"),
    };

    /// <summary>Refuses to put a bundle that anybody can read beside those that nobody else can, unless that was asked for in so many words.</summary>
    private static async Task RequireEncryptionAsync(DirectoryBundleStore store, EncryptionRequest encryption, CancellationToken cancellationToken)
    {
        if (encryption.Recipients.Count > 0 || encryption.NoEncryption)
        {
            return;
        }

        await foreach (StoredBundle bundle in store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await IsEncryptedAsync(store, bundle.Name, cancellationToken).ConfigureAwait(false))
            {
                throw new UsageException(
                    $"'{bundle.Name}' in the store is encrypted, and the new bundle would not be: give a --recipient, or say that this is meant with --no-encryption.");
            }
        }
    }

    private static async Task<bool> IsEncryptedAsync(DirectoryBundleStore store, string name, CancellationToken cancellationToken)
    {
        try
        {
            ByteSource source = await store.OpenReadAsync(name, cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                return (await BundleClearHeader.ReadAsync(source, cancellationToken).ConfigureAwait(false)).IsEncrypted;
            }
        }
        catch (BundleFormatException)
        {
            return false; // whatever else lies in the store
        }
    }
}
