using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Restore;

/// <summary>
/// Carries out <c>bundle restore</c>. Whether every target is free is asked before anything is written. Each volume, byte stream and the definitions
/// appear under their names when they are complete; a file tree of which files are lost gets a name that says so.
/// </summary>
internal sealed class BundleRestoration(RestoreRequest request, CliConsole console)
{
    private const int ShownProblems = 20;
    private const string PartialSuffix = ".partial";
    private const string MissingSuffix = ".missing";

    private readonly List<RestoredJson> _restored = [];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
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
            RequireFree([.. volumes.Select(VolumePath), .. files.SelectMany(FilesPaths), .. bytes.Select(BytesPath), .. resources ? new[] { ResourcesPath } : []]);

            using (var line = new ProgressLine(console))
            {
                var progress = new StreamProgress(line);
                foreach (string name in volumes)
                {
                    await RestoreStreamAsync(chain, StreamKind.BlockVolume, name, VolumePath(name), progress, cancellationToken).ConfigureAwait(false);
                }

                foreach (string name in files)
                {
                    await RestoreFilesAsync(chain, name, progress, cancellationToken).ConfigureAwait(false);
                }

                foreach (string name in bytes)
                {
                    await RestoreStreamAsync(chain, StreamKind.Bytes, name, BytesPath(name), progress, cancellationToken).ConfigureAwait(false);
                }
            }

            if (resources)
            {
                (long objects, long size) = await new ResourceFiles(chain.Bundles[0], TargetDirectory.MakeFor(ResourcesPath)).WriteAsync(cancellationToken).ConfigureAwait(false);
                _restored.Add(new RestoredJson("resources", "resources", ResourcesPath, size, objects, [], []));
                if (SecretsAreLeftOut(chain.Bundles[0]))
                {
                    await console.Error.WriteLineAsync("waybill: the Secrets of the bundle were left out: the key does not open them").ConfigureAwait(false);
                }
            }

            Report(chain.Manifest, access.Policy.IsSignatureRequired, SecretsAreLeftOut(chain.Bundles[0]));
            return _restored.TrueForAll(restored => restored.DamagedFiles.Length == 0) ? ExitCode.Done : ExitCode.VerificationFailed;
        }
    }

    private static bool SecretsAreLeftOut(BundleReader bundle) =>
        bundle.Scopes != KeyScopes.All && bundle.Manifest.Streams.Any(stream => stream.Kind == StreamKind.Secrets);

    private string ResourcesPath => Path.Combine(request.Target, "resources");

    private string VolumePath(string name) => Path.Combine(request.Target, "volumes", name + ".img");

    private string FilesPath(string name) => Path.Combine(request.Target, "files", name);

    // The tree, or what it is called if files of it are lost, and the list of those.
    private string[] FilesPaths(string name) => [FilesPath(name), FilesPath(name) + PartialSuffix, FilesPath(name) + PartialSuffix + MissingSuffix];

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
        string path = FilesPath(name);
        string unfinished = path + ".waybill-partial";
        try
        {
            DirectoryTreeTarget target = DirectoryTreeTarget.Create(TargetDirectory.MakeFor(unfinished), new DirectoryTreeTargetOptions { Durable = request.Durable });
            await using (target.ConfigureAwait(false))
            {
                FileTreeRestoreResult result = await FileTreeRestorer.RestoreAsync(chain, name, target, options: null, progress, cancellationToken).ConfigureAwait(false);
                long entries = chain.Manifest.FindStream(StreamKind.FileMeta, name)!.EntryCount;
                long bytes = chain.Manifest.FindStream(StreamKind.FileData, name)?.VirtualLength ?? 0;
                path += result.IsWhole ? "" : PartialSuffix;
                string[] damaged = [.. result.DamagedFiles.Select(file => file.ToString())];
                _restored.Add(new RestoredJson("files", name, path, bytes, entries, [.. result.Problems.Select(RestoreProblemJson.Of)], damaged));
                ShowProblems(path, result.Problems);
                await ListDamagedAsync(path, damaged).ConfigureAwait(false);
            }

            Directory.Move(unfinished, path);
        }
        catch (IOException error)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"The file tree cannot be given its name: {error.Message}", error) { ObjectName = path };
        }
        catch (Exception) when (Directory.Exists(unfinished))
        {
            // Half a tree may be all there is left of it, so it is not removed; its name says that it is not whole.
            await console.Error.WriteLineAsync($"waybill: what was restored so far is in {TerminalText.Escape(unfinished)}").ConfigureAwait(false);
            throw;
        }
    }

    // Whoever restores after a disaster must know all that is lost, also if nobody asked for JSON.
    private async Task ListDamagedAsync(string path, string[] damaged)
    {
        if (damaged.Length > 0)
        {
            await File.WriteAllLinesAsync(path + MissingSuffix, damaged, CancellationToken.None).ConfigureAwait(false);
            await console.Error.WriteLineAsync(TerminalText.Escape(
                $"waybill: {HumanUnits.Count(damaged.Length, "file is", "files are")} damaged in the bundle and left out, listed in {path}{MissingSuffix}; 'waybill bundle salvage' saves what is left of them")).ConfigureAwait(false);
        }
    }

    private void ShowProblems(string path, IReadOnlyList<FileRestoreProblem> problems)
    {
        foreach (FileRestoreProblem problem in problems.Take(ShownProblems))
        {
            console.Error.WriteLine($"waybill: not as it was: {TerminalText.Escape($"{path}/{problem.Path}: {problem.What}: {problem.Reason}")}");
        }

        if (problems.Count > ShownProblems)
        {
            console.Error.WriteLine($"waybill: and {HumanUnits.Count(problems.Count - ShownProblems, "more; --json lists it", "more; --json lists them")}");
        }
    }

    private void Report(BundleManifest manifest, bool isSigned, bool secretsLeftOut)
    {
        if (request.Json)
        {
            var report = new RestoreReport
            {
                Target = request.Target,
                Bundle = manifest.Id.ToString(),
                Application = manifest.Application.Name,
                Restored = [.. _restored],
                SecretsLeftOut = secretsLeftOut,
            };
            BundleReport.WriteJson(console, report, CliJsonContext.Default.RestoreReport);
            return;
        }

        console.Output.WriteLine($"{TerminalText.Escape(manifest.Application.Name)} as of {HumanUnits.Moment(manifest.Created)}:");
        var table = new TextTable("  ", false, true, false);
        foreach (RestoredJson restored in _restored)
        {
            string entries = restored.Entries is { } count
                ? restored.Kind == "resources" ? HumanUnits.Count(count, "object", "objects") : HumanUnits.Count(count, "entry", "entries")
                : "";
            string problems = restored.Problems.Length == 0 ? "" : $", {HumanUnits.Count(restored.Problems.Length, "problem", "problems")}";
            string lost = restored.DamagedFiles.Length == 0 ? "" : $", {HumanUnits.Count(restored.DamagedFiles.Length, "file", "files")} LOST";
            table.Add(TerminalText.Escape(restored.Path), HumanUnits.Size(restored.Bytes), entries + problems + lost);
        }

        table.Write(console.Output);
        console.Output.WriteLine($"content verified up to the manifest{(isSigned ? ", and that against the signatures demanded" : "; nobody's signature was demanded")}");
    }
}
