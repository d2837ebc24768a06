using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Restore;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Salvage;

/// <summary>
/// Carries out <c>bundle salvage</c>: writes what is intact, and a list of what is not. What is not whole gets a name that says so; nothing unknown is
/// ever filled in.
/// </summary>
internal sealed class BundleSalvage(SalvageRequest request, CliConsole console)
{
    private const string PartialSuffix = ".partial";
    private const string MissingSuffix = ".missing";

    private readonly List<SalvagedJson> _salvaged = [];
    private string? _parentsProblem;

    /// <summary>Salvages.</summary>
    /// <returns><see cref="ExitCode.Done"/> if the bundle is whole after all, else <see cref="ExitCode.VerificationFailed"/>.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        (string bundle, IReadOnlyList<string> parents) = await NamedBundle.FindAsync(request.Bundle, request.ParentDirectories, console, cancellationToken).ConfigureAwait(false);
        request = request with { Bundle = bundle, ParentDirectories = parents };
        StandardInput.RequireOneUse(request.Bundle == "-", request.Keys.ReadsStandardInput);
        using KeyRing keys = await KeyOptions.LoadAsync(request.Keys, console, cancellationToken).ConfigureAwait(false);
        BundleReaderOptions options = keys.ToReaderOptions();
        ByteSource source = await BundleInput.OpenSourceAsync(request.Bundle, console, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            using var line = new ProgressLine(console);
            var progress = new StreamProgress(line);
            using SalvageReport report = await BundleSalvager.ScanAsync(source, options, progress, cancellationToken).ConfigureAwait(false);
            BundleChain? parent = await TryOpenParentAsync(report, options, cancellationToken).ConfigureAwait(false);
            try
            {
                foreach (SalvagedStream stream in report.Streams)
                {
                    await SalvageStreamAsync(report, stream, parent, progress, cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                if (parent is not null)
                {
                    await parent.DisposeAsync().ConfigureAwait(false);
                }
            }

            line.Dispose(); // what is printed next stands where it stood
            return Report(report);
        }
    }

    private int Report(SalvageReport report)
    {
        var result = new SalvageReportJson
        {
            Source = request.Bundle,
            Target = request.Target,
            Bundle = report.Id?.ToString(),
            Application = report.Application?.Name,
            Whole = report.IsComplete && report.Damage.IsEmpty && _salvaged.TrueForAll(salvaged => salvaged.Whole),
            HasTrailer = report.HasTrailer,
            Records = report.Records,
            Damage = [.. report.Damage.Select(SalvageDamageJson.Of)],
            ParentsProblem = _parentsProblem,
            Salvaged = [.. _salvaged],
        };
        if (request.Json)
        {
            BundleReport.WriteJson(console, result, CliJsonContext.Default.SalvageReportJson);
        }
        else
        {
            SalvageText.Write(console.Output, result);
        }

        return result.Whole ? ExitCode.Done : ExitCode.VerificationFailed;
    }

    private async Task<BundleChain?> TryOpenParentAsync(SalvageReport report, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        try
        {
            BundleLocator locator = BundleInput.Locator(request.Bundle, request.ParentDirectories);
            return await BundleSalvager.OpenParentAsync(report, locator, options, cancellationToken).ConfigureAwait(false);
        }
        catch (BundleFormatException missing)
        {
            // What this bundle holds itself is worth having without its parent.
            _parentsProblem = missing.ToDisplayString();
            await console.Error.WriteLineAsync(TerminalText.Escape($"waybill: without the parent: {_parentsProblem}")).ConfigureAwait(false);
            return null;
        }
    }

    private async Task SalvageStreamAsync(SalvageReport report, SalvagedStream stream, BundleChain? parent, StreamProgress progress, CancellationToken cancellationToken)
    {
        string name = stream.Name ?? $"stream-{stream.Number}";
        switch (stream.Kind)
        {
            case StreamKind.Resources or StreamKind.Secrets:
                await SalvageResourcesAsync(report, stream, cancellationToken).ConfigureAwait(false);
                break;
            case StreamKind.FileMeta:
                await SalvageFilesAsync(report, name, parent, progress, cancellationToken).ConfigureAwait(false);
                break;
            case StreamKind.FileData when report.FindStream(StreamKind.FileMeta, name) is not null:
                break;
            default:
                await SalvageContentAsync(report, stream, name, parent, progress, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private async Task SalvageContentAsync(
        SalvageReport report, SalvagedStream stream, string name, BundleChain? parent, StreamProgress progress, CancellationToken cancellationToken)
    {
        (string kind, string folder, string extension) = stream.Kind switch
        {
            StreamKind.BlockVolume => ("volume", "volumes", ".img"),
            StreamKind.Bytes => ("bytes", "bytes", ""),
            _ => ("stream", "streams", ".bin"),
        };
        bool partial = stream.VirtualLength is null || stream.UnknownBytes > 0 || (stream.InheritedBytes > 0 && parent is null);
        string path = TargetDirectory.MakeFor(Path.Combine(request.Target, folder, name + extension + (partial ? PartialSuffix : "")));
        SalvagedContent content = BundleSalvager.OpenStream(report, stream, parent);
        await using (content.ConfigureAwait(false))
        {
            FileBlockWriter target = FileBlockWriter.Create(path, content.Length);
            await using (target.ConfigureAwait(false))
            {
                SalvageRestoreResult result = await content.RestoreAsync(target, options: null, progress, cancellationToken).ConfigureAwait(false);
                string? missing = result.Missing.IsEmpty ? null : path + MissingSuffix;
                if (missing is not null)
                {
                    await File.WriteAllLinesAsync(missing, result.Missing.Select(m => $"{m.Range.Offset} {m.Range.Length} {m.State}"), cancellationToken).ConfigureAwait(false);
                }

                _salvaged.Add(new SalvagedJson(
                    kind, name, path, !result.IsPartial, stream.IsVerified, result.RestoredBytes, null, result.Missing.Length, missing, [], []));
            }
        }
    }

    private async Task SalvageFilesAsync(SalvageReport report, string name, BundleChain? parent, StreamProgress progress, CancellationToken cancellationToken)
    {
        UnfinishedTree tree = UnfinishedTree.Create(Path.Combine(request.Target, "files", name), durable: true, console);
        await using (tree.ConfigureAwait(false))
        {
            SalvagedTreeResult result = await BundleSalvager.RestoreFilesAsync(report, name, tree.Target, parent, progress, cancellationToken).ConfigureAwait(false);
            string[] partial = [.. result.PartialFiles.Select(file => file.ToString())];

            // What the target could not take, such as an owner, does not make less of what the files hold.
            (string path, string? list) = await tree.NameAsync(result.IsListingComplete && partial.Length == 0, partial).ConfigureAwait(false);
            RestoreProblemJson[] problems = [.. result.Problems.Select(RestoreProblemJson.Of)];
            _salvaged.Add(new SalvagedJson(
                "files",
                name,
                path,
                !result.IsPartial,
                null,
                null,
                result.Entries,
                0,
                list,
                partial,
                result.IsListingComplete ? problems : [new RestoreProblemJson(".", "listing", "entries are lost, and with them the names of files"), .. problems]));
        }
    }

    private async Task SalvageResourcesAsync(SalvageReport report, SalvagedStream stream, CancellationToken cancellationToken)
    {
        string folder = TargetDirectory.Make(Path.Combine(request.Target, "resources"));
        SalvagedEntries<ResourceObject> entries = BundleSalvager.ReadResources(report, stream);
        long count = 0;
        await foreach (SalvagedEntry<ResourceObject> entry in entries.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await ResourceFiles.WriteFileAsync(Path.Combine(folder, ResourceFiles.FileNameOf(entry.Value)), entry.Value, cancellationToken).ConfigureAwait(false);
            count++;
        }

        string name = stream.Kind == StreamKind.Secrets ? "secrets" : "resources";
        _salvaged.Add(new SalvagedJson("resources", name, folder, entries.IsComplete, null, null, count, 0, null, [], []));
    }
}
