using System.Text;
using Waybill.Bundles;
using Waybill.Catalog.Queries;

namespace Waybill.Catalog.Pages;

/// <summary>The page of one application's life.</summary>
internal static class TimelinePage
{
    public static string Make(CatalogLife life, DateTimeOffset now)
    {
        StringBuilder page = PageFrame.Begin($"{life.Application.Name}: its life");
        page.Append("<h1>").Append(PageText.Name(life.Application.Name)).Append("</h1>\n");
        WriteHead(page, life);
        if (!life.Points.IsEmpty)
        {
            WriteDrawing(page, life);
        }

        WriteTables(page, life);
        return PageFrame.End(page, now);
    }

    private static void WriteHead(StringBuilder page, CatalogLife life)
    {
        page.Append("<dl>\n");
        Row("Identity", life.Application.Id.ToString());
        Row("Names", string.Join(", then ", life.Names.Select(PageText.Name)));
        Row("Seen", $"{PageText.Time(life.Application.FirstSeen)} to {PageText.Time(life.Application.LastSeen)}");
        Row("Points", PageText.Count(life.Points.Length, "point", "points"));
        Row("Can be restored to", life.NewestUsable is { } point
            ? $"{PageText.Time(point.Created)}, from {PageText.Name(Where(point))}"
            : "<span class=\"bad\">nothing: no point is there with all it builds on</span>");
        foreach (CatalogStreamInfo stream in life.LostStreams)
        {
            Row("No longer protected", $"<span class=\"warn\">{PageText.Name(stream.Name)}</span>");
        }

        page.Append("</dl>\n");

        void Row(string name, string value) => page.Append("<dt>").Append(name).Append("</dt><dd>").Append(value).Append("</dd>\n");
    }

    private static void WriteDrawing(StringBuilder page, CatalogLife life)
    {
        var axis = new PageAxis(life.Points[0].Created, life.Points[^1].Created);
        page.Append("<section>\n<h2>Over time</h2>\n<figure>\n");
        axis.WriteScale(page);
        foreach (CatalogIncarnation place in life.Incarnations)
        {
            CatalogPoint[] points = [.. life.Points.Where(point => (point.Application.Origin with { Host = "" }) == place.Origin)];
            PageMarks.BeginRow(page, PageText.Name(PlaceOf(place.Origin)), Describe(PlaceOf(place.Origin), points));
            PageMarks.WriteSpan(page, axis, place.FirstSeen, place.LastSeen);
            foreach (CatalogPoint point in points)
            {
                PageMarks.WritePoint(page, axis, point);
            }

            PageMarks.EndRow(page);
        }

        foreach ((string name, CatalogPoint[] points) in Volumes(life))
        {
            PageMarks.BeginRow(page, $"<span class=\"soft\">{PageText.Name(name)}</span>", Describe(name, points));
            PageMarks.WriteSpan(page, axis, points[0].Created, points[^1].Created);
            PageMarks.EndRow(page);
        }

        if (!life.Gaps.IsEmpty)
        {
            PageMarks.BeginRow(page, "<span class=\"soft\">gaps</span>", $"{PageText.Count(life.Gaps.Length, "time", "times")} without points; the table lists them");
            foreach (CatalogGap gap in life.Gaps)
            {
                PageMarks.WriteGap(page, axis, gap);
            }

            PageMarks.EndRow(page);
        }

        PageMarks.WriteLegend(page);
        page.Append("\n</figure>\n</section>\n");
    }

    private static IEnumerable<(string Name, CatalogPoint[] Points)> Volumes(CatalogLife life) =>
        from point in life.Points
        from stream in point.Streams
        where stream.Kind is StreamKind.BlockVolume or StreamKind.FileMeta or StreamKind.Bytes
        group (point, stream) by (stream.Id, stream.Volume.Provider, stream.Volume.PlatformHandle) into volume
        select (
            volume.Key.PlatformHandle.Length == 0 ? volume.Last().stream.Name : $"{volume.Last().stream.Name}, {volume.Key.Provider}:{volume.Key.PlatformHandle}",
            volume.Select(row => row.point).ToArray());

    private static string Describe(string what, CatalogPoint[] points) =>
        $"{what}: {PageText.Count(points.Length, "point", "points")} from {PageText.Day(points[0].Created)} to {PageText.Day(points[^1].Created)}, {PageText.Count(points.Count(point => point.Chain == ChainState.Complete), "of which can be restored", "of which can be restored")}";

    private static void WriteTables(StringBuilder page, CatalogLife life)
    {
        PageFrame.WriteTable(page, "Places", ["place", "kind", "from", "to", "points", "hosts"],
        [
            .. life.Incarnations.Select(place => (string[])
            [
                PageText.Name(PlaceOf(place.Origin)), PageText.Name(place.Origin.Kind), PageText.Time(place.FirstSeen), PageText.Time(place.LastSeen),
                PageText.Count(place.Points, "point", "points"), string.Join(", ", place.Hosts.Select(PageText.Name)),
            ]),
        ]);
        PageFrame.WriteTable(page, "Gaps", ["from", "to"], [.. life.Gaps.Select(gap => (string[])[PageText.Time(gap.From), PageText.Time(gap.To)])]);
        PageFrame.WriteTable(page, "Points", ["begun", "kind", "stored", "consistency", "state", "bundle", "where"],
        [
            .. life.Points.Reverse().Select(point => (string[])
            [
                PageText.Time(point.Created), point.Parent is null ? "full" : "changes", PageText.Size(point.Streams.Sum(stream => stream.StoredBytes)), CatalogWords.Of(point.Consistency),
                State(point), point.Bundle.ToString(), PageText.Name(Where(point)),
            ]),
        ]);
        PageFrame.WriteTable(page, "Tags", ["tag", "source", "from", "to"],
        [
            .. life.Tags.Select(tag => (string[])
            [
                PageText.Name(tag.Tag.Sensitivity == TagSensitivity.Secret ? $"{tag.Tag.Key} (secret)" : $"{tag.Tag.Key}={tag.Tag.Value}"),
                CatalogWords.Of(tag.Tag.Source), PageText.Time(tag.FirstSeen), PageText.Time(tag.LastSeen),
            ]),
        ]);
    }

    private static string State(CatalogPoint point)
    {
        string state = point.Chain switch
        {
            ChainState.Complete => "can be restored",
            ChainState.ParentMissing => $"<span class=\"bad\">lacks {point.ChainProblem}</span>",
            ChainState.Gone => "<span class=\"soft\">gone</span>",
            _ => "<span class=\"warn\">another bundle has this id</span>",
        };
        return point.Clock switch
        {
            ClockDoubt.Future => state + " <span class=\"warn\">time lies in the future</span>",
            ClockDoubt.BeforeParent => state + " <span class=\"warn\">time lies before its parent's</span>",
            _ => state,
        };
    }

    private static string Where(CatalogPoint point) => point.Copies.FirstOrDefault(copy => copy.IsUsable) is { } copy ? $"{copy.Store}/{copy.Name}" : "";

    private static string PlaceOf(Origin origin)
    {
        string cluster = origin.ClusterName.Length > 0 ? origin.ClusterName : origin.ClusterId;
        string place = string.Join('/', ((string[])[cluster, origin.Namespace]).Where(part => part.Length > 0));
        return place.Length > 0 ? place : origin.Platform.Length > 0 ? origin.Platform : "an unknown place";
    }
}
