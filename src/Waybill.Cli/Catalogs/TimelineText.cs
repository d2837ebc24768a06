using Waybill.Catalog;
using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Catalogs;

/// <summary>Draws an application's life in characters, and lists its points.</summary>
internal static class TimelineText
{
    private const int LabelWidth = 24;
    private const int LeastWidth = 20;
    private const int MostWidth = 120;

    public static void Write(CliConsole console, CatalogLife life)
    {
        if (life.Points.IsEmpty)
        {
            return;
        }

        int width = Math.Clamp((console.IsOutputTerminal ? console.GetWidth() : 100) - LabelWidth - 6, LeastWidth, MostWidth);
        var axis = new TimelineAxis(life.Points[0].Created, life.Points[^1].Created, width);
        TextWriter output = console.Output;
        (string from, string to) = (CatalogText.Day(life.Points[0].Created), CatalogText.Day(life.Points[^1].Created));
        output.WriteLine($"    {new string(' ', LabelWidth)}{from}{new string(' ', Math.Max(1, width - from.Length - to.Length))}{to}");
        foreach (CatalogIncarnation place in life.Incarnations)
        {
            IEnumerable<CatalogPoint> points = life.Points.Where(point => (point.Application.Origin with { Host = "" }) == place.Origin);
            output.WriteLine($"    {Label(CatalogText.Place(place.Origin))}{axis.Draw(place, points)}");
        }

        foreach (CatalogGap gap in life.Gaps)
        {
            output.WriteLine($"  gap          {HumanUnits.Moment(gap.From)} to {HumanUnits.Moment(gap.To)}");
        }

        WritePoints(output, life);
    }

    private static void WritePoints(TextWriter output, CatalogLife life)
    {
        output.WriteLine("  points");
        var table = new TextTable("    ", false, false, true, false, false, false);
        foreach (CatalogPoint point in life.Points)
        {
            table.Add(
                HumanUnits.Moment(point.Created),
                point.Parent is null ? "full" : "changes",
                HumanUnits.Size(point.Streams.Sum(stream => stream.StoredBytes)),
                JsonText.Of(point.Consistency),
                CatalogText.State(point),
                TerminalText.Escape(CatalogText.Where(point)));
        }

        table.Write(output);
    }

    private static string Label(string text)
    {
        string label = TerminalText.Escape(text);
        return (label.Length < LabelWidth ? label : label[..(LabelWidth - 2)] + "…").PadRight(LabelWidth);
    }
}
