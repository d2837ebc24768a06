using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Restore;

/// <summary>
/// Carries out <c>bundle restore</c>. Whether every target is free is asked before anything is written. Each volume, byte stream and the definitions
/// appear under their names when they are complete; a file tree of which files are lost gets a name that says so. What is damaged in the bundle does not
/// keep the rest from coming back.
/// </summary>
internal sealed class BundleRestoration(RestoreRequest request, CliConsole console)
{
    private readonly List<RestoredJson> _restored = [];
    private readonly List<NotRestoredJson> _lost = [];
    private bool _isDamaged;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        (string bundle, IReadOnlyList<string> parents) = await NamedBundle.FindAsync(request.Bundle, request.ParentDirectories, console, cancellationToken).ConfigureAwait(false);
        request = request with { Bundle = bundle, ParentDirectories = parents };
        using BundleAccess access = await BundleAccess.LoadAsync(request.Bundle, request.Keys, request.Trust, console, cancellationToken).ConfigureAwait(false);
        BundleChain chain = await BundleInput.OpenChainAsync(
            request.Bundle, request.ParentDirectories, console, access.Policy, access.Options, cancellationToken).ConfigureAwait(false);
        await using (chain.ConfigureAwait(false))
        {
            string[] volumes = Choose(chain, StreamKind.BlockVolume, request.Volumes);
            string[] bytes = Choose(chain, StreamKind.Bytes, request.Bytes);
            bool resources = (request.Everything || request.Resources)
                && chain.Manifest.Streams.Any(stream => stream.Kind is StreamKind.Resources or StreamKind.Secrets);
            string[] files = Choose(chain, StreamKind.FileMeta, request.Files);
            RequireFree([.. volumes.Select(VolumePath), .. files.SelectMany(name => UnfinishedTree.NamesOf(FilesPath(name))), .. bytes.Select(BytesPath), .. resources ? new[] { ResourcesPath } : []]);

            using (var line = new ProgressLine(console))
            {
                var progress = new StreamProgress(line);
                foreach (string name in volumes)
                {
                    await TryAsync("volume", name, () => RestoreStreamAsync(chain, StreamKind.BlockVolume, name, VolumePath(name), progress, cancellationToken)).ConfigureAwait(false);
                }

                foreach (string name in files)
                {
                    await TryAsync("files", name, () => RestoreFilesAsync(chain, name, progress, cancellationToken)).ConfigureAwait(false);
                }

                foreach (string name in bytes)
                {
                    await TryAsync("bytes", name, () => RestoreStreamAsync(chain, StreamKind.Bytes, name, BytesPath(name), progress, cancellationToken)).ConfigureAwait(false);
                }
            }

            if (resources)
            {
                await TryAsync("resources", "resources", () => RestoreResourcesAsync(chain.Bundles[0], cancellationToken)).ConfigureAwait(false);
            }

            Report(chain.Manifest, access.Policy.IsSignatureRequired, SecretsAreLeftOut(chain.Bundles[0]));
            return _isDamaged || _restored.Exists(restored => restored.DamagedFiles.Length > 0) ? ExitCode.VerificationFailed
                : _lost.Count > 0 ? ExitCode.Failed
                : ExitCode.Done;
        }
    }

    /// <summary>Restores one thing. What is damaged is reported, and whatever else there is can still be had; a target that fails or a key that is missing ends everything.</summary>
    private async Task TryAsync(string kind, string name, Func<Task> restore)
    {
        try
        {
            await restore().ConfigureAwait(false);
        }
        catch (WaybillException error) when (IsDamage(error))
        {
            _isDamaged |= CliApplication.CodeOf(error) == ExitCode.VerificationFailed;
            _lost.Add(new NotRestoredJson(kind, name, ProblemJson.Of(error)));
            await console.Error.WriteLineAsync(TerminalText.Escape(error.ToDisplayString())).ConfigureAwait(false);
            await console.Error.WriteLineAsync(
                TerminalText.Escape($"waybill: {(kind == "resources" ? "the definitions were" : $"{kind} '{name}' was")} not restored; 'waybill bundle salvage' saves what is left of it")).ConfigureAwait(false);
        }
    }

    private static bool IsDamage(WaybillException error) => error is BundleFormatException
        ? error.Code is not (WaybillErrorCode.NoMatchingKey or WaybillErrorCode.ScopeMissing or WaybillErrorCode.ParentMissing)
        : error.Code is WaybillErrorCode.SourceReadFailed or WaybillErrorCode.SourceChanged && !error.IsTransient;

    private static bool SecretsAreLeftOut(BundleReader bundle) =>
        bundle.Scopes != KeyScopes.All && bundle.Manifest.Streams.Any(stream => stream.Kind == StreamKind.Secrets);

    private string ResourcesPath => Path.Combine(request.Target, "resources");

    private string VolumePath(string name) => Path.Combine(request.Target, "volumes", name + ".img");

    private string FilesPath(string name) => Path.Combine(request.Target, "files", name);

    private string BytesPath(string name) => Path.Combine(request.Target, "bytes", name);

    private string[] Choose(BundleChain chain, StreamKind kind, IReadOnlyList<string> names)
    {
        if (request.Everything)
        {
            return [.. chain.Manifest.Streams.Where(stream => stream.Kind == kind).Select(stream => stream.Name)];
        }

        foreach (string name in names)
        {
            if (chain.Manifest.FindStream(kind, name) is null)
            {
                throw new WaybillException(WaybillErrorCode.StreamNotFound, $"The bundle has no {Describe(kind)} '{name}'")
                {
                    ObjectName = request.Bundle,
                    Hint = "'waybill bundle show' lists what is inside",
                };
            }
        }

        return [.. names.Distinct()];
    }

    private static string Describe(StreamKind kind) => kind switch
    {
        StreamKind.BlockVolume => "volume",
        StreamKind.FileMeta => "file tree",
        _ => "byte stream",
    };

    private static void RequireFree(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            if (Path.Exists(path))
            {
                throw new ProviderException(WaybillErrorCode.TargetExists, "file", "The target exists already and is not overwritten")
                {
                    ObjectName = path,
                    Hint = "restore into another directory, or look at what is there and move it away",
                };
            }
        }
    }

    private async Task RestoreStreamAsync(
        BundleChain chain, StreamKind kind, string name, string path, StreamProgress progress, CancellationToken cancellationToken)
    {
        BlockReader content = chain.OpenStream(kind, name);
        await using (content.ConfigureAwait(false))
        {
            FileBlockWriter target = FileBlockWriter.Create(TargetDirectory.MakeFor(path), content.Length, request.Durable);
            await using (target.ConfigureAwait(false))
            {
                var options = new VolumeRestoreOptions();
                options.Workers = request.Jobs ?? options.Workers;
                await VolumeRestorer.RestoreAsync(content, target, options, name, progress, cancellationToken).ConfigureAwait(false);
            }

            _restored.Add(new RestoredJson(kind == StreamKind.BlockVolume ? "volume" : "bytes", name, path, content.Length, null, [], []));
        }
    }

    private async Task RestoreFilesAsync(BundleChain chain, string name, StreamProgress progress, CancellationToken cancellationToken)
    {
        UnfinishedTree tree = UnfinishedTree.Create(FilesPath(name), request.Durable, console);
        await using (tree.ConfigureAwait(false))
        {
            FileTreeRestoreResult result = await FileTreeRestorer.RestoreAsync(chain, name, tree.Target, options: null, progress, cancellationToken).ConfigureAwait(false);
            string[] damaged = [.. result.DamagedFiles.Select(file => file.ToString())];
            (string path, string? list) = await tree.NameAsync(result.IsWhole, damaged).ConfigureAwait(false);
            long entries = chain.Manifest.FindStream(StreamKind.FileMeta, name)!.EntryCount;
            long bytes = chain.Manifest.FindStream(StreamKind.FileData, name)?.VirtualLength ?? 0;
            _restored.Add(new RestoredJson("files", name, path, bytes, entries, [.. result.Problems.Select(RestoreProblemJson.Of)], damaged));
            RestoreText.WriteProblems(console.Error, path, result.Problems);
            if (list is not null)
            {
                await console.Error.WriteLineAsync(TerminalText.Escape(
                    $"waybill: {HumanUnits.Count(damaged.Length, "file is", "files are")} damaged in the bundle and left out, listed in {list}; 'waybill bundle salvage' saves what is left of them")).ConfigureAwait(false);
            }
        }
    }

    private async Task RestoreResourcesAsync(BundleReader bundle, CancellationToken cancellationToken)
    {
        (long objects, long size) = await new ResourceFiles(bundle, TargetDirectory.MakeFor(ResourcesPath)).WriteAsync(cancellationToken).ConfigureAwait(false);
        _restored.Add(new RestoredJson("resources", "resources", ResourcesPath, size, objects, [], []));
        if (SecretsAreLeftOut(bundle))
        {
            await console.Error.WriteLineAsync("waybill: the Secrets of the bundle were left out: the key does not open them").ConfigureAwait(false);
        }
    }

    private void Report(BundleManifest manifest, bool isSigned, bool secretsLeftOut)
    {
        var report = new RestoreReport
        {
            Target = request.Target,
            Bundle = manifest.Id.ToString(),
            Application = manifest.Application.Name,
            Restored = [.. _restored],
            NotRestored = [.. _lost],
            SecretsLeftOut = secretsLeftOut,
        };
        if (request.Json)
        {
            BundleReport.WriteJson(console, report, CliJsonContext.Default.RestoreReport);
        }
        else
        {
            RestoreText.Write(console.Output, manifest, report, isSigned);
        }
    }
}
