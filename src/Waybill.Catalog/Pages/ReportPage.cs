using System.Globalization;
using System.Text;

namespace Waybill.Catalog.Pages;

/// <summary>The page of a whole catalog.</summary>
internal static class ReportPage
{
    public static string Make(CatalogOverview overview, DateTimeOffset now)
    {
        StringBuilder page = PageFrame.Begin("What the catalog knows");
        CatalogStatistics counts = overview.Statistics;
        page.Append("<h1>What the catalog knows</h1>\n<dl>\n");
        Row("Catalog", PageText.Name(overview.Catalog));
        Row("Applications", PageText.Count(counts.Applications, "application", "applications"));
        Row("Points", $"{PageText.Count(counts.Points, "point", "points")}, {Number(counts.GonePoints)} of them gone");
        Row("Bundles", $"{PageText.Count(counts.Copies, "bundle", "bundles")}, {PageText.Size(counts.CopyBytes)}, {Number(counts.UnreadableCopies)} unreadable");
        Row("Files", PageText.Count(counts.Files, "name", "names"));
        page.Append("</dl>\n");
        if (overview.Applications.Length > 0)
        {
            WriteDrawing(page, overview);
        }

        PageFrame.WriteTable(page, "Orphans", ["what", "name", "application", "time", "more"],
        [
            .. overview.Orphans.Select(orphan => (string[])
            [
                TitleOf(orphan.Kind), PageText.Name(orphan.Name), orphan.Application is { } application ? PageText.Name(application.Name) : "", orphan.Time is { } time ? PageText.Time(time) : "", More(orphan),
            ]),
        ]);
        PageFrame.WriteTable(page, "Applications", ["name", "identity", "first seen", "last seen"],
        [
            .. overview.Applications.Select(application => (string[])
            [
                PageText.Name(application.Name), application.Id.ToString(), PageText.Time(application.FirstSeen), PageText.Time(application.LastSeen),
            ]),
        ]);
        return PageFrame.End(page, now);

        void Row(string name, string value) => page.Append("<dt>").Append(name).Append("</dt><dd>").Append(value).Append("</dd>\n");
    }

    private static void WriteDrawing(StringBuilder page, CatalogOverview overview)
    {
        var axis = new PageAxis(overview.Applications.Min(application => application.FirstSeen), overview.Applications.Max(application => application.LastSeen));
        page.Append("<section>\n<h2>Over time</h2>\n<figure>\n");
        axis.WriteScale(page);
        foreach (CatalogApplication application in overview.Applications)
        {
            PageMarks.BeginRow(page, PageText.Name(application.Name), $"{application.Name}: seen from {PageText.Day(application.FirstSeen)} to {PageText.Day(application.LastSeen)}");
            PageMarks.WriteSpan(page, axis, application.FirstSeen, application.LastSeen);
            PageMarks.EndRow(page);
        }

        page.Append("</figure>\n");
        if (overview.Statistics.Applications > overview.Applications.Length)
        {
            page.Append("<p class=\"soft\">").Append(PageText.Count(overview.Statistics.Applications - overview.Applications.Length, "application is", "applications are")).Append(" not shown.</p>\n");
        }

        page.Append("</section>\n");
    }

    private static string More(CatalogOrphan orphan)
    {
        string problem = orphan.Problem is { } code ? string.Create(CultureInfo.InvariantCulture, $"WB{(int)code:D4}") : "";
        string missing = orphan.Missing.IsDefault ? "" : $"{orphan.Bundle} lacks {orphan.Missing}";
        return string.Join(", ", ((string[])[problem, missing, PageText.Escape(orphan.Note)]).Where(text => text.Length > 0));
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string TitleOf(OrphanKind kind) => kind switch
    {
        OrphanKind.UnreadableBundle => "bundle that cannot be read",
        OrphanKind.MissingParent => "point whose parent is missing",
        OrphanKind.ConflictingBundles => "bundles with the same id and different content",
        OrphanKind.UnknownVolume => "volume that no point was made of",
        OrphanKind.UnknownSnapshot => "snapshot that no point was made from",
        OrphanKind.StaleApplication => "application without a fresh point",
        OrphanKind.ApplicationWithoutBundles => "application whose bundles are gone",
        OrphanKind.MissingVolume => "volume that only bundles still hold",
        OrphanKind.UnclaimedVolume => "volume whose claim is gone",
        _ => kind.ToString(),
    };
}
