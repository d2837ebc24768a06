using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Restore;

/// <summary>
/// Carries out <c>bundle restore</c>. Whether every target is free is asked before anything is written. Each volume, byte stream and the definitions
/// appear under their names when they are complete.
/// </summary>
internal sealed class BundleRestoration(RestoreRequest request, CliConsole console)
{
    private readonly List<RestoredJson> _restored = [];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        BundleChain chain = await BundleInput.OpenChainAsync(request.Bundle, request.ParentDirectories, console, cancellationToken).ConfigureAwait(false);
        await using (chain.ConfigureAwait(false))
        {
            string[] volumes = Choose(chain, StreamKind.BlockVolume, request.Volumes);
            string[] bytes = Choose(chain, StreamKind.Bytes, request.Bytes);
            bool resources = (request.Everything || request.Resources)
                && chain.Manifest.Streams.Any(stream => stream.Kind is StreamKind.Resources or StreamKind.Secrets);
            RequireFree([.. volumes.Select(VolumePath), .. bytes.Select(BytesPath), .. resources ? new[] { ResourcesPath } : []]);

            using (var line = new ProgressLine(console))
            {
                var progress = new StreamProgress(line);
                foreach (string name in volumes)
                {
                    await RestoreStreamAsync(chain, StreamKind.BlockVolume, name, VolumePath(name), progress, cancellationToken).ConfigureAwait(false);
                }

                foreach (string name in bytes)
                {
                    await RestoreStreamAsync(chain, StreamKind.Bytes, name, BytesPath(name), progress, cancellationToken).ConfigureAwait(false);
                }
            }

            if (resources)
            {
                (long objects, long size) = await new ResourceFiles(chain.Bundles[0], MakeParent(ResourcesPath)).WriteAsync(cancellationToken).ConfigureAwait(false);
                _restored.Add(new RestoredJson("resources", "resources", ResourcesPath, size, objects, []));
            }

            Report(chain.Manifest);
            return ExitCode.Done;
        }
    }

    private string ResourcesPath => Path.Combine(request.Target, "resources");

    private string VolumePath(string name) => Path.Combine(request.Target, "volumes", name + ".img");

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
                throw new WaybillException(WaybillErrorCode.StreamNotFound, $"The bundle has no {(kind == StreamKind.BlockVolume ? "volume" : "byte stream")} '{name}'")
                {
                    ObjectName = request.Bundle,
                    Hint = "'waybill bundle show' lists what is inside",
                };
            }
        }

        return [.. names.Distinct()];
    }

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
            FileBlockWriter target = FileBlockWriter.Create(MakeParent(path), content.Length);
            await using (target.ConfigureAwait(false))
            {
                var options = new VolumeRestoreOptions();
                options.Workers = request.Jobs ?? options.Workers;
                await VolumeRestorer.RestoreAsync(content, target, options, name, progress, cancellationToken).ConfigureAwait(false);
            }

            _restored.Add(new RestoredJson(kind == StreamKind.BlockVolume ? "volume" : "bytes", name, path, content.Length, null, []));
        }
    }

    private static string MakeParent(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"The directory cannot be made: {error.Message}", error) { ObjectName = path };
        }
    }

    private void Report(BundleManifest manifest)
    {
        if (request.Json)
        {
            var report = new RestoreReport
            {
                Target = request.Target,
                Bundle = manifest.Id.ToString(),
                Application = manifest.Application.Name,
                Restored = [.. _restored],
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
            table.Add(TerminalText.Escape(restored.Path), HumanUnits.Size(restored.Bytes), entries);
        }

        table.Write(console.Output);
    }
}
