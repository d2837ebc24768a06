using Waybill.Catalog.Pages;

namespace Waybill.Catalog;

/// <summary>
/// Makes pages of what a catalog knows: each is one HTML document that needs nothing besides, no network and no script, and is readable on a phone and on
/// a wall, by day and by night, and without seeing the drawing, as everything in it stands in tables too. Names cannot break out of their places.
/// </summary>
public static class CatalogPages
{
    /// <summary>Makes the page of an application's life: places, volumes, points, gaps and what is orphaned, drawn over time.</summary>
    /// <param name="life">The life.</param>
    /// <param name="now">The present, which the page states.</param>
    /// <returns>The document.</returns>
    public static string Timeline(CatalogLife life, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(life);
        return TimelinePage.Make(life, now);
    }

    /// <summary>Makes the page of a whole catalog: what there is, when which application was seen, and what is orphaned.</summary>
    /// <param name="overview">What the catalog knows.</param>
    /// <param name="now">The present, which the page states.</param>
    /// <returns>The document.</returns>
    public static string Report(CatalogOverview overview, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(overview);
        return ReportPage.Make(overview, now);
    }
}
