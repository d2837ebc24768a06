using Waybill.Bundles;
using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Show;

/// <summary>
/// Lays out what a bundle says of itself for a person who has nothing but the file: first whose data it is, from where, from when and how
/// consistent, then what is inside and what else is needed. Everything that stands in a bundle is escaped before it is printed.
/// </summary>
internal sealed class ShowText
{
    private const int NamesPerKind = 40;
    private const int ShownTags = 100;
    private const int ShownValueLength = 80;

    private readonly TextWriter _output;
    private readonly BundleManifest _manifest;
    private readonly ShowReport _report;
    private readonly DateTimeOffset _now;

    private ShowText(TextWriter output, BundleManifest manifest, ShowReport report, DateTimeOffset now)
    {
        _output = output;
        _manifest = manifest;
        _report = report;
        _now = now;
    }

    public static void Write(TextWriter output, BundleManifest manifest, ShowReport report, DateTimeOffset now)
    {
        var text = new ShowText(output, manifest, report, now);
        text.WriteIdentity();
        if (report.Complete)
        {
            text.WriteStreams();
        }

        text.WriteResources();
        text.WriteTags();
    }

    private void WriteIdentity()
    {
        _output.WriteLine(TerminalText.Escape(_manifest.Application.Name));
        var facts = new TextTable("  ", false, false);
        facts.Add("from", Place(_manifest.Application.Origin));
        facts.Add("made", Made());
        if (_report.Complete)
        {
            WriteConsistency(facts);
        }

        facts.Add("builds on", BuildsOn());
        if (_manifest.Lineage.ForkedFrom is { } origin)
        {
            string reason = _manifest.Lineage.ForkReason.Length == 0 ? "" : $" ({TerminalText.Escape(_manifest.Lineage.ForkReason)})";
            facts.Add("forked from", $"lineage {origin}{reason}");
        }

        facts.Add("complete", _report.Complete
            ? "yes; whether every byte is intact says 'waybill bundle verify'"
            : $"NO ({_report.Problem?.Code}); 'waybill bundle salvage' writes what is there");
        if (_report is { Complete: true, Problem: { } problem })
        {
            facts.Add("ATTENTION", $"the definitions cannot be read ({problem.Code})");
        }

        long gaps = _manifest.Streams.Sum(stream => stream.GapCount);
        if (gaps > 0)
        {
            facts.Add("ATTENTION", $"{HumanUnits.Count(gaps, "part", "parts")} of its files could not be read when the bundle was made");
        }

        if (_report.Encryption is { } encryption)
        {
            facts.Add("encrypted", $"yes; the key opens {(encryption.Opened == "all" ? "everything" : encryption.Opened == "data" ? "everything but Secrets" : "manifest, names and definitions")}");
        }

        SealedText.WriteFacts(facts, _report);
        string size = _report.FileBytes is { } bytes ? $" ({HumanUnits.Size(bytes)})" : "";
        facts.Add("file", TerminalText.Escape(_report.File) + size);
        facts.Add("bundle", _manifest.Id.ToString());
        facts.Add("application", _manifest.Application.Id.ToString());
        facts.Add("lineage", $"{_manifest.Lineage.Id}, generation {_manifest.Lineage.Generation}");
        facts.Write(_output);
    }

    private string Made()
    {
        string ago = HumanUnits.Ago(_manifest.Created, _now);
        WriterIdentity writer = _manifest.Writer;
        string profile = writer.Profile is "" or "default" ? "" : $" ({TerminalText.Escape(writer.Profile)})";
        return $"{HumanUnits.Moment(_manifest.Created)}{(ago.Length == 0 ? "" : $", {ago}")}, by {TerminalText.Escape($"{writer.Product} {writer.Version}")}{profile}";
    }

    private string BuildsOn() => _manifest.Parent is { } parent
        ? $"bundle {parent.Id}, which is needed to restore this one"
        : "nothing: this is a full bundle";

    private static string Place(Origin origin)
    {
        var parts = new List<string>();
        void Add(string label, string value, string id = "")
        {
            string name = value.Length > 0 ? value : id;
            if (name.Length > 0)
            {
                parts.Add($"{label}{TerminalText.Escape(name)}{(value.Length > 0 && id.Length > 0 ? $" ({TerminalText.Escape(id)})" : "")}");
            }
        }

        Add("", origin.Platform);
        Add("cluster ", origin.ClusterName, origin.ClusterId);
        Add("namespace ", origin.Namespace, origin.NamespaceUid);
        Add("", origin.Kind, origin.Uid);
        Add("host ", origin.Host);
        return parts.Count == 0 ? "not recorded" : string.Join(", ", parts);
    }

    private void WriteConsistency(TextTable facts)
    {
        string label = "consistency";
        var covered = new HashSet<int>();
        foreach (ConsistencyGroup group in _manifest.Groups)
        {
            ConsistencyEvidence evidence = group.Evidence;
            if (evidence.Level == ConsistencyLevel.Unknown)
            {
                continue;
            }

            covered.UnionWith(group.StreamNumbers);
            string mechanism = evidence.Mechanism.Length == 0 ? "" : $", by {TerminalText.Escape(evidence.Mechanism)}";
            string order = evidence.WriteOrderFidelity ? ", write order kept" : "";
            int succeeded = evidence.Hooks.Count(hook => hook.ExitCode == 0);
            string hooks = evidence.Hooks.IsEmpty ? "" : $", {succeeded} of {HumanUnits.Count(evidence.Hooks.Length, "hook", "hooks")} succeeded";
            facts.Add(label, $"{Meaning(evidence.Level)}{mechanism}{order}{hooks}: {StreamNames(group.StreamNumbers)}");
            label = "";
        }

        int[] unknown = [.. _manifest.Streams.Where(stream => HoldsData(stream) && !covered.Contains(stream.Number)).Select(stream => stream.Number)];
        if (unknown.Length > 0)
        {
            facts.Add(label, $"unknown, nothing was recorded: {StreamNames(unknown)}");
        }
        else if (covered.Count == 0)
        {
            facts.Add(label, "does not apply: there are no data streams");
        }
    }

    private static string Meaning(ConsistencyLevel level) => level switch
    {
        ConsistencyLevel.None => "none, read while it was changing",
        ConsistencyLevel.Crash => "crash consistent, as after a power cut",
        ConsistencyLevel.FileSystem => "file system consistent",
        ConsistencyLevel.Application => "application consistent",
        _ => $"level {JsonText.Of(level)}, which this version does not know",
    };

    private string StreamNames(IEnumerable<int> numbers) => string.Join(", ", numbers
        .Select(number => number < _manifest.Streams.Length ? _manifest.Streams[number] : null)
        .Where(stream => stream is not null && HoldsData(stream))
        .Select(stream => $"{KindOf(stream!)} {TerminalText.Escape(stream!.Name)}"));

    private void WriteStreams()
    {
        _output.WriteLine();
        if (!_manifest.Streams.Any(HoldsData))
        {
            _output.WriteLine("no data streams");
            return;
        }

        _output.WriteLine("data");
        var table = new TextTable("  ", false, false, true, true, true, false);
        table.Add("", "", "size", "held here", "stored", "");
        foreach (StreamInfo stream in _manifest.Streams.Where(HoldsData))
        {
            StreamInfo? entries = stream.Kind == StreamKind.FileData ? _manifest.FindStream(StreamKind.FileMeta, stream.Name) : null;
            table.Add(
                KindOf(stream),
                TerminalText.Escape(stream.Name),
                HumanUnits.Size(stream.VirtualLength),
                HumanUnits.Size(stream.DataBytes),
                HumanUnits.Size(stream.StoredBytes + (entries?.StoredBytes ?? 0)),
                string.Join(", ", Remarks(stream, entries)));
        }

        table.Write(_output);
    }

    private static IEnumerable<string> Remarks(StreamInfo stream, StreamInfo? entries)
    {
        if (entries is not null)
        {
            yield return HumanUnits.Count(entries.EntryCount, "entry", "entries");
            if (entries.GapCount > 0)
            {
                yield return HumanUnits.Count(entries.GapCount, "part not readable", "parts not readable");
            }
        }

        if (stream.Volume is { } volume)
        {
            foreach ((string label, string value) in new[]
            {
                ("", volume.FileSystem), ("claim ", volume.Claim), ("class ", volume.StorageClass), ("", volume.PlatformHandle), ("through ", volume.Provider),
            })
            {
                if (value.Length > 0)
                {
                    yield return label + TerminalText.Escape(value);
                }
            }
        }

        string? way = stream.Change.Kind switch
        {
            ChangeKind.HashCompare => "compared with its parent",
            ChangeKind.ChangedRanges => $"changes as listed ({HumanUnits.Count(stream.Change.ReportedRanges, "range", "ranges")})",
            ChangeKind.FileWalk => "changed files by their metadata",
            ChangeKind.Merged => "merged",
            _ => null,
        };
        if (way is not null)
        {
            yield return way;
        }
    }

    private void WriteResources()
    {
        ResourceJson[] resources = _report.Resources;
        if (resources.Length == 0)
        {
            return;
        }

        int secrets = resources.Count(resource => resource.Secret);
        string apart = secrets == 0 ? "" : $", {HumanUnits.Count(secrets, "of them a Secret", "of them Secrets")}";
        _output.WriteLine();
        _output.WriteLine($"definitions ({HumanUnits.Count(resources.Length, "object", "objects")}{apart})");
        var table = new TextTable("  ", false, false);
        foreach (IGrouping<string, ResourceJson> kind in resources.GroupBy(resource => resource.Kind))
        {
            string cell = TerminalText.Escape(kind.Key);
            foreach (ResourceJson resource in kind.Take(NamesPerKind))
            {
                table.Add(cell, TerminalText.Escape(resource.Namespace is null ? resource.Name : $"{resource.Namespace}/{resource.Name}"));
                cell = "";
            }

            int more = kind.Count() - NamesPerKind;
            if (more > 0)
            {
                table.Add("", $"and {HumanUnits.Count(more, "more; --json lists it", "more; --json lists them")}");
            }
        }

        table.Write(_output);
    }

    private void WriteTags()
    {
        if (_manifest.Tags.IsEmpty)
        {
            return;
        }

        _output.WriteLine();
        _output.WriteLine("tags");
        var table = new TextTable("  ", false, false);
        foreach (Tag tag in _manifest.Tags.OrderBy(tag => tag.Source != TagSource.User).Take(ShownTags))
        {
            string value = tag.Sensitivity == TagSensitivity.Secret ? "(secret, not shown)" : Shorten(TerminalText.Escape(tag.Value.ToString()!));
            string of = tag.SourceReference.Length == 0 ? "" : $" of {TerminalText.Escape(tag.SourceReference)}";
            table.Add($"{TerminalText.Escape(tag.Key)} = {value}", JsonText.Of(tag.Source) + of);
        }

        table.Write(_output);
        int more = _manifest.Tags.Length - ShownTags;
        if (more > 0)
        {
            _output.WriteLine($"  and {HumanUnits.Count(more, "more; --json lists it", "more; --json lists them")}");
        }
    }

    private static string Shorten(string value)
    {
        if (value.Length <= ShownValueLength)
        {
            return value;
        }

        int end = ShownValueLength - 3;
        return value[..(char.IsHighSurrogate(value[end - 1]) ? end - 1 : end)] + "...";
    }

    // The entries of a file tree are shown with its data; definitions have their own section.
    private static bool HoldsData(StreamInfo stream) => stream.Kind is not (StreamKind.FileMeta or StreamKind.Resources or StreamKind.Secrets);

    private static string KindOf(StreamInfo stream) => stream.Kind switch
    {
        StreamKind.BlockVolume => "volume",
        StreamKind.FileData => "files",
        _ => JsonText.Of(stream.Kind),
    };
}
