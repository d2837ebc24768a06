using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Waybill.Bundles;
using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Shared;

/// <summary>Prints what a command did.</summary>
internal static class BundleReport
{
    public static void WriteJson<T>(CliConsole console, T report, JsonTypeInfo<T> type) => console.Output.WriteLine(JsonSerializer.Serialize(report, type));

    public static void WriteCreated(CliConsole console, string file, long bytes, BundleManifest manifest, bool json) =>
        WriteWritten(console, "waybill.bundle.create.v1", file, bytes, manifest, json);

    public static void WriteMerged(CliConsole console, string file, long bytes, BundleManifest manifest, bool json) =>
        WriteWritten(console, "waybill.bundle.merge.v1", file, bytes, manifest, json);

    private static void WriteWritten(CliConsole console, string schema, string file, long bytes, BundleManifest manifest, bool json)
    {
        if (json)
        {
            var report = new CreateReport { Schema = schema, File = file, FileBytes = bytes, Bundle = BundleJson.Of(manifest) };
            WriteJson(console, report, CliJsonContext.Default.CreateReport);
            return;
        }

        // The bundle itself may have gone to standard output.
        TextWriter output = file == "-" ? console.Error : console.Output;
        string kind = manifest.Parent is { } parent ? $"what changed since {parent.Id}" : "full";
        output.WriteLine($"{TerminalText.Escape(file == "-" ? "bundle" : file)}: {HumanUnits.Size(bytes)}, {kind}, bundle {manifest.Id}");
        WriteStreams(output, manifest);
    }

    private static void WriteStreams(TextWriter output, BundleManifest manifest)
    {
        var table = new TextTable("  ", false, false, true, false);
        foreach (StreamInfo stream in manifest.Streams)
        {
            string name = TerminalText.Escape(stream.Name);
            string stored = $"{HumanUnits.Size(stream.DataBytes)} held, {HumanUnits.Size(stream.StoredBytes)} stored";
            switch (stream.Kind)
            {
                case StreamKind.BlockVolume:
                    table.Add("volume", name, HumanUnits.Size(stream.VirtualLength), stored);
                    break;
                case StreamKind.FileMeta:
                    table.Add("files", name, HumanUnits.Count(stream.EntryCount, "entry", "entries"), stream.GapCount == 0
                        ? ""
                        : $"ATTENTION: {HumanUnits.Count(stream.GapCount, "part", "parts")} could not be read");
                    break;
                case StreamKind.FileData:
                    table.Add("", "", HumanUnits.Size(stream.VirtualLength), stored);
                    break;
                case StreamKind.Resources or StreamKind.Secrets:
                    table.Add(JsonText.Of(stream.Kind), "", HumanUnits.Count(stream.EntryCount, "object", "objects"), "");
                    break;
                default:
                    table.Add(JsonText.Of(stream.Kind), name, HumanUnits.Size(stream.VirtualLength), stored);
                    break;
            }
        }

        table.Write(output);
    }
}
