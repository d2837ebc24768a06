using Waybill.Bundles;
using Waybill.Catalog;
using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Catalogs;

/// <summary>Prints what is known of an application.</summary>
internal static class LifeText
{
    private const int MaxTags = 40;
    private const int MaxFacts = 20;

    public static void Write(CliConsole console, CatalogLife life)
    {
        TextWriter output = console.Output;
        WriteHead(console, life);
        WritePlaces(output, life);
        WriteStreams(output, life);
        WriteTags(output, life);
        WriteFacts(output, "images", life, FactKind.Image);
        WriteFacts(output, "definitions", life, FactKind.Resource);
        output.WriteLine();
    }

    /// <summary>Prints who it is, and what can be restored.</summary>
    public static void WriteHead(CliConsole console, CatalogLife life)
    {
        TextWriter output = console.Output;
        output.WriteLine(TerminalText.Escape(CatalogText.Shorten(life.Application.Name)));
        output.WriteLine($"  id           {life.Application.Id}");
        if (life.Names.Length > 1)
        {
            output.WriteLine($"  names        {TerminalText.Escape(string.Join(", then ", life.Names))}");
        }

        Timestamp last = life.Application.LastSeen;
        string ago = HumanUnits.Ago(last, console.Time.GetUtcNow());
        output.WriteLine($"  seen         {CatalogText.Span(life.Application.FirstSeen, last)}{(ago.Length == 0 ? "" : $" ({ago})")}, {HumanUnits.Count(life.Points.Length, "point", "points")}");
        if (life.NewestUsable is { } point)
        {
            output.WriteLine($"  restore      {HumanUnits.Moment(point.Created)}, {JsonText.Of(point.Consistency)}, from {TerminalText.Escape(CatalogText.Where(point))}");
        }
        else
        {
            output.WriteLine("  restore      NOTHING: no point is there with all it builds on");
        }
    }

    private static void WritePlaces(TextWriter output, CatalogLife life)
    {
        output.WriteLine("  places");
        var table = new TextTable("    ", false, false, false, true, false);
        foreach (CatalogIncarnation place in life.Incarnations)
        {
            table.Add(
                TerminalText.Escape(CatalogText.Place(place.Origin)),
                TerminalText.Escape(place.Origin.Kind),
                CatalogText.Span(place.FirstSeen, place.LastSeen),
                HumanUnits.Count(place.Points, "point", "points"),
                TerminalText.Escape(string.Join(", ", place.Hosts)));
        }

        table.Write(output);
    }

    private static void WriteStreams(TextWriter output, CatalogLife life)
    {
        if (life.Points.IsEmpty)
        {
            return;
        }

        output.WriteLine("  data of the newest point");
        var table = new TextTable("    ", false, false, true, false, false);
        foreach (CatalogStreamInfo stream in life.Points[^1].Streams.Where(stream => stream.Kind is not StreamKind.FileData))
        {
            table.Add(
                JsonText.Of(stream.Kind),
                TerminalText.Escape(stream.Name),
                stream.Entries > 0 ? HumanUnits.Count(stream.Entries, "entry", "entries") : HumanUnits.Size(stream.Length),
                TerminalText.Escape(stream.Volume.PlatformHandle.Length == 0 ? "" : $"{stream.Volume.Provider}:{stream.Volume.PlatformHandle}"),
                TerminalText.Escape(stream.Volume.Claim));
        }

        table.Write(output);
        foreach (CatalogStreamInfo stream in life.LostStreams)
        {
            output.WriteLine($"    NO LONGER PROTECTED: {TerminalText.Escape(stream.Name)}");
        }
    }

    private static void WriteTags(TextWriter output, CatalogLife life)
    {
        if (life.Tags.IsEmpty)
        {
            return;
        }

        output.WriteLine("  tags");
        var table = new TextTable("    ", false, false, false);
        foreach (CatalogTag tag in life.Tags.Take(MaxTags))
        {
            string value = tag.Tag.Sensitivity == TagSensitivity.Secret ? "(secret)" : CatalogText.Shorten(tag.Tag.Value.ToString() ?? "");
            table.Add(TerminalText.Escape($"{tag.Tag.Key}={value}"), JsonText.Of(tag.Tag.Source), CatalogText.Span(tag.FirstSeen, tag.LastSeen));
        }

        table.Write(output);
        WriteMore(output, life.Tags.Length - MaxTags);
    }

    private static void WriteFacts(TextWriter output, string title, CatalogLife life, FactKind kind)
    {
        CatalogFact[] facts = [.. life.Facts.Where(fact => fact.Kind == kind)];
        if (facts.Length == 0)
        {
            return;
        }

        output.WriteLine($"  {title}");
        var table = new TextTable("    ", false, false);
        foreach (CatalogFact fact in facts.Take(MaxFacts))
        {
            table.Add(TerminalText.Escape(CatalogText.Shorten(fact.Key.Length == 0 ? fact.Value : $"{fact.Key} {fact.Value}")), CatalogText.Span(fact.FirstSeen, fact.LastSeen));
        }

        table.Write(output);
        WriteMore(output, facts.Length - MaxFacts);
    }

    private static void WriteMore(TextWriter output, int more)
    {
        if (more > 0)
        {
            output.WriteLine($"    and {HumanUnits.Count(more, "other", "others")} (--json shows all)");
        }
    }
}
