using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Recover;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Engine;
using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>Carries out <c>app restore</c> into a cluster.</summary>
internal sealed class ClusterRestoration(AppRestoreCall call, ClusterRestoreRequest target, CliConsole console)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(call.Engine, console, cancellationToken).ConfigureAwait(false);
        TrustRequest trust = call.Trust.IsDemanded ? call.Trust : configuration.Trust;
        using KeyRing keys = await KeyOptions.LoadAsync(configuration.KeysFor(call.Keys) with { Signers = [], TimestampAuthority = null }, console, cancellationToken)
            .ConfigureAwait(false);
        DirectoryBundleStore store = EngineContexts.OpenStore(configuration, writes: false);
        RecoveryPoint point = await PointFinder.FindAsync(store, call.Application, call.Point, keys.ToReaderOptions(), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SignedStatement> statements =
            await SignatureFile.ReadBesideAsync(store.GetPath(point.BundleName), trust.Signatures, console, cancellationToken).ConfigureAwait(false);
        TrustPolicy policy = await trust.ToPolicyAsync(console.Time, cancellationToken).ConfigureAwait(false);
        ByteSource source = await store.OpenReadAsync(point.BundleName, cancellationToken).ConfigureAwait(false);
        BundleReader bundle = await BundleReader.OpenAsync(source, policy, keys.ToReaderOptions(statements), cancellationToken).ConfigureAwait(false);
        await using (bundle.ConfigureAwait(false))
        {
            bool secretsLeftOut = bundle.Scopes != KeyScopes.All && bundle.Manifest.Streams.Any(stream => stream.Kind == StreamKind.Secrets);
            List<ResourceObject> resources = await ReadAsync(bundle, cancellationToken).ConfigureAwait(false);
            ResourceRestoreRequest request = await RequestAsync(bundle.Manifest, cancellationToken).ConfigureAwait(false);
            ClusterStorage cluster = await ClusterStorage.OpenAsync(target.Cluster, console, cancellationToken).ConfigureAwait(false);
            await using (cluster.ConfigureAwait(false))
            {
                var volumes = new RestoreRequest(point.BundleName, policy, []) { Reader = keys.ToReaderOptions(statements), Verify = call.Verify };
                EngineContext context = EngineContexts.Create(configuration, store, providers: null, console);
                ApplicationRestoreResult result =
                    await RestoreAsync(context, cluster, bundle.Manifest, resources, new ApplicationRestoreRequest(volumes, request), cancellationToken).ConfigureAwait(false);
                Write(AppRestoreReport.Of(point.BundleName, bundle.Manifest, call.DryRun, result, secretsLeftOut));

                // A file that was left out because the bundle is damaged is a loss, however well the rest went.
                return result.Claims.Any(claim => claim.DamagedFiles.Length > 0) ? ExitCode.VerificationFailed : result.IsComplete ? ExitCode.Done : ExitCode.Failed;
            }
        }
    }

    private async Task<ApplicationRestoreResult> RestoreAsync(
        EngineContext context, ClusterStorage cluster, BundleManifest manifest, List<ResourceObject> resources, ApplicationRestoreRequest request, CancellationToken cancellationToken)
    {
        if (cluster.Provider is { } storage)
        {
            using var line = new ProgressLine(console);
            var restorer = new ApplicationRestorer(context, cluster.Connection, storage);
            return call.DryRun
                ? await restorer.PlanAsync(manifest, resources, request, cancellationToken).ConfigureAwait(false)
                : await restorer.RunAsync(manifest, resources, request, null, new EngineProgressLine(line), cancellationToken).ConfigureAwait(false);
        }

        var objects = new ResourceRestorer(cluster.Connection);
        ResourceRestoreResult result = call.DryRun
            ? await objects.PlanAsync(resources, request.Objects, cancellationToken).ConfigureAwait(false)
            : await objects.RunAsync(resources, request.Objects, null, cancellationToken).ConfigureAwait(false);
        return new ApplicationRestoreResult(result, []) { VolumesLeftOut = [.. manifest.Streams.Where(stream => stream.Kind is StreamKind.BlockVolume or StreamKind.FileMeta).Select(stream => stream.Name)] };
    }

    private static async Task<List<ResourceObject>> ReadAsync(BundleReader bundle, CancellationToken cancellationToken)
    {
        var resources = new List<ResourceObject>();
        foreach (StreamKind kind in bundle.Scopes == KeyScopes.All ? new[] { StreamKind.Resources, StreamKind.Secrets } : [StreamKind.Resources])
        {
            if (bundle.Manifest.Streams.Any(stream => stream.Kind == kind))
            {
                await foreach (ResourceObject resource in bundle.ReadResourcesAsync(kind == StreamKind.Secrets, cancellationToken).ConfigureAwait(false))
                {
                    resources.Add(resource);
                }
            }
        }

        return resources.Count > 0
            ? resources
            : throw new WaybillException(WaybillErrorCode.StreamNotFound, "The point holds no definitions that the key opens") { ObjectName = bundle.Manifest.Application.Name };
    }

    private async Task<ResourceRestoreRequest> RequestAsync(BundleManifest manifest, CancellationToken cancellationToken)
    {
        var namespaces = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (string text in target.ToNamespaces)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string from = equals > 0 ? text[..equals] : manifest.Application.Origin.Namespace;
            namespaces[from.Length > 0 ? from : throw new UsageException($"The point comes from several namespaces: say which one goes to '{text}', as --to-namespace OLD={text}.")] = text[(equals + 1)..];
        }

        var patches = new List<ObjectPatch>();
        foreach (string file in target.PatchFiles)
        {
            patches.AddRange(await PatchFile.ReadAsync(file, cancellationToken).ConfigureAwait(false));
        }

        return new ResourceRestoreRequest
        {
            Namespaces = namespaces.ToImmutable(),
            StorageClasses = target.StorageClasses.ToImmutableDictionary(value => value.Name, value => value.Value, StringComparer.Ordinal),
            Images = target.Images.ToImmutableDictionary(value => value.Name, value => value.Value, StringComparer.Ordinal),
            Patches = [.. patches],
            Existing = target.Existing,
            ChangeSharedObjects = target.ChangeShared,
        };
    }

    private void Write(AppRestoreReport report)
    {
        if (call.Json)
        {
            BundleReport.WriteJson(console, report, CliJsonContext.Default.AppRestoreReport);
            return;
        }

        console.Output.WriteLine($"{TerminalText.Escape(report.Application)}: {(report.DryRun ? "would restore" : "restored")} {TerminalText.Escape(report.BundleName)}, made {report.Created}");
        foreach (RestoredClaimJson claim in report.Claims)
        {
            console.Output.WriteLine(TerminalText.Escape($"  {claim.Action,-9}  data of v1/PersistentVolumeClaim/{claim.Claim}{(claim.Verified ? ", read back and the same" : "")}"));
            foreach (RestoreProblemJson problem in claim.FileProblems)
            {
                console.Output.WriteLine(TerminalText.Escape($"             not as it was: {problem.Path}, {problem.What}: {problem.Reason}"));
            }

            foreach (string file in claim.DamagedFiles)
            {
                console.Output.WriteLine(TerminalText.Escape($"             LOST: {file}"));
            }

            WriteProblem(claim.Problem);
        }

        foreach (RestoredObjectJson restored in report.Objects)
        {
            string name = restored.Target ?? restored.Source;
            console.Output.WriteLine(TerminalText.Escape($"  {restored.Action,-9}  {name}{(restored.Reason is null ? "" : $": {restored.Reason}")}"));
            foreach (string line in restored.Changes.Select(change => $"point    {change}").Concat(restored.Differences.Select(difference => $"cluster  {difference}")))
            {
                console.Output.WriteLine(TerminalText.Escape($"             {line}"));
            }

            WriteProblem(restored.Problem);
        }

        if (report.Claims.Any(claim => claim.Problem is not null))
        {
            console.Output.WriteLine("  ATTENTION: the data of a claim is not restored, so what uses it was not created; the same command goes on");
        }

        if (report.VolumesLeftOut.Length > 0)
        {
            console.Output.WriteLine(TerminalText.Escape($"  ATTENTION: the data of these volumes was left out: {string.Join(", ", report.VolumesLeftOut)}"));
        }

        if (report.SecretsLeftOut)
        {
            console.Output.WriteLine("  ATTENTION: the point has Secrets that the key does not open; they were left out");
        }
    }

    private void WriteProblem(ProblemJson? problem)
    {
        if (problem is not null)
        {
            console.Output.WriteLine(TerminalText.Escape($"             FAILED {problem.Code}: {problem.Message}{(problem.Hint is null ? "" : $" ({problem.Hint})")}"));
        }
    }
}
