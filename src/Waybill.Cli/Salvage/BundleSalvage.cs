using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Restore;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Salvage;

/// <summary>
/// Carries out <c>bundle salvage</c>: writes what is intact, and a list of what is not. What is not whole gets a name that says so; nothing unknown is
/// ever filled in.
/// </summary>
internal sealed class BundleSalvage(string bundle, string directory, IReadOnlyList<string> parentDirectories, CliConsole console)
{
    private const string PartialSuffix = ".partial";

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        ByteSource source = await BundleInput.OpenSourceAsync(bundle, console, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            SalvageReport report = await BundleSalvager.ScanAsync(source, options: null, progress: null, cancellationToken).ConfigureAwait(false);
            WriteSummary(report);
            BundleChain? parent = await TryOpenParentAsync(report, cancellationToken).ConfigureAwait(false);
            try
            {
                foreach (SalvagedStream stream in report.Streams)
                {
                    await SalvageStreamAsync(report, stream, parent, cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                if (parent is not null)
                {
                    await parent.DisposeAsync().ConfigureAwait(false);
                }
            }
        }

        return ExitCode.Done;
    }

    private void WriteSummary(SalvageReport report)
    {
        string state = report.IsComplete && report.Damage.IsEmpty ? "complete" : report.HasTrailer ? "DAMAGED" : "INCOMPLETE";
        string whose = report.Application is { } application ? $", {application.Name}" : "";
        console.Output.WriteLine(TerminalText.Escape($"{report.Name}: {state}{whose}, {HumanUnits.Count(report.Records, "record", "records")} found"));
        foreach (SalvageDamage damage in report.Damage.Take(20))
        {
            console.Output.WriteLine(TerminalText.Escape($"  damaged at {damage.Offset}, {HumanUnits.Size(damage.Length)}: {damage.Reason}"));
        }
    }

    private async Task<BundleChain?> TryOpenParentAsync(SalvageReport report, CancellationToken cancellationToken)
    {
        try
        {
            return await BundleSalvager.OpenParentAsync(report, BundleInput.Locator(bundle, parentDirectories), options: null, cancellationToken).ConfigureAwait(false);
        }
        catch (BundleFormatException missing)
        {
            // What this bundle holds itself is worth having without its parent.
            await console.Error.WriteLineAsync(TerminalText.Escape($"waybill: without the parent: {missing.ToDisplayString()}")).ConfigureAwait(false);
            return null;
        }
    }

    private async Task SalvageStreamAsync(SalvageReport report, SalvagedStream stream, BundleChain? parent, CancellationToken cancellationToken)
    {
        string name = stream.Name ?? $"stream-{stream.Number}";
        switch (stream.Kind)
        {
            case StreamKind.Resources or StreamKind.Secrets:
                await SalvageResourcesAsync(report, stream, cancellationToken).ConfigureAwait(false);
                break;
            case StreamKind.FileMeta:
                await SalvageFilesAsync(report, name, parent, cancellationToken).ConfigureAwait(false);
                break;
            case StreamKind.FileData when report.FindStream(StreamKind.FileMeta, name) is not null:
                break;
            default:
                await SalvageContentAsync(report, stream, name, parent, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private async Task SalvageContentAsync(SalvageReport report, SalvagedStream stream, string name, BundleChain? parent, CancellationToken cancellationToken)
    {
        (string folder, string extension) = stream.Kind switch
        {
            StreamKind.BlockVolume => ("volumes", ".img"),
            StreamKind.Bytes => ("bytes", ""),
            _ => ("streams", ".bin"),
        };
        bool partial = stream.VirtualLength is null || stream.UnknownBytes > 0 || (stream.InheritedBytes > 0 && parent is null);
        string path = Path.Combine(MakeDirectory(folder), name + extension + (partial ? PartialSuffix : ""));
        SalvagedContent content = BundleSalvager.OpenStream(report, stream, parent);
        await using (content.ConfigureAwait(false))
        {
            FileBlockWriter target = FileBlockWriter.Create(path, content.Length);
            await using (target.ConfigureAwait(false))
            {
                SalvageRestoreResult result = await content.RestoreAsync(target, options: null, progress: null, cancellationToken).ConfigureAwait(false);
                string missing = path + ".missing";
                if (result.IsPartial)
                {
                    await File.WriteAllLinesAsync(missing, result.Missing.Select(m => $"{m.Range.Offset} {m.Range.Length} {m.State}"), cancellationToken).ConfigureAwait(false);
                }

                string proof = stream.IsVerified ? "verified" : "present, not proved by a root";
                string lost = result.IsPartial ? $"; {HumanUnits.Count(result.Missing.Length, "range", "ranges")} missing, listed in {missing}" : "";
                string end = result.EndUnknown ? "; where it ends is not known" : "";
                console.Output.WriteLine(TerminalText.Escape($"  {path}: {HumanUnits.Size(result.RestoredBytes)} {proof}{lost}{end}"));
            }
        }
    }

    private async Task SalvageFilesAsync(SalvageReport report, string name, BundleChain? parent, CancellationToken cancellationToken)
    {
        string path = Path.Combine(MakeDirectory("files"), name);
        DirectoryTreeTarget target = DirectoryTreeTarget.Create(path);
        await using (target.ConfigureAwait(false))
        {
            SalvagedTreeResult result = await BundleSalvager.RestoreFilesAsync(report, name, target, parent, progress: null, cancellationToken).ConfigureAwait(false);
            string listing = result.IsListingComplete ? "" : "; the listing is NOT complete";
            string lost = result.PartialFiles.IsEmpty ? "" : $"; {HumanUnits.Count(result.PartialFiles.Length, "file is", "files are")} PARTIAL";
            console.Output.WriteLine(TerminalText.Escape($"  {path}: {HumanUnits.Count(result.Entries, "entry", "entries")}{listing}{lost}"));
            foreach (FileRestoreProblem problem in result.Problems.Take(20))
            {
                console.Output.WriteLine(TerminalText.Escape($"    {problem.Path}: {problem.What}: {problem.Reason}"));
            }
        }
    }

    private async Task SalvageResourcesAsync(SalvageReport report, SalvagedStream stream, CancellationToken cancellationToken)
    {
        string folder = MakeDirectory("resources");
        SalvagedEntries<ResourceObject> entries = BundleSalvager.ReadResources(report, stream);
        long count = 0;
        await foreach (SalvagedEntry<ResourceObject> entry in entries.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await ResourceFiles.WriteFileAsync(Path.Combine(folder, ResourceFiles.FileNameOf(entry.Value)), entry.Value, cancellationToken).ConfigureAwait(false);
            count++;
        }

        string listing = entries.IsComplete ? "" : "; NOT complete";
        console.Output.WriteLine(TerminalText.Escape($"  {folder}: {HumanUnits.Count(count, "object", "objects")}{listing}"));
    }

    private string MakeDirectory(string name)
    {
        string path = Path.Combine(directory, name);
        Directory.CreateDirectory(path);
        return path;
    }
}
