using System.Globalization;
using System.Text;
using Waybill.Catalog.Queries;

namespace Waybill.Catalog.Pages;

/// <summary>Draws what stands on a line of time.</summary>
internal static class PageMarks
{
    private const int Height = 30;
    private const int Middle = Height / 2;

    public static void BeginRow(StringBuilder page, string label, string description) => page
        .Append("<div class=\"row\"><div>").Append(label).Append("</div><svg class=\"track\" height=\"").Append(Height)
        .Append("\" role=\"img\" aria-label=\"").Append(PageText.Escape(description)).Append("\">");

    public static void EndRow(StringBuilder page) => page.Append("</svg></div>\n");

    public static void WriteSpan(StringBuilder page, PageAxis axis, Timestamp from, Timestamp to) => page.Append(
        CultureInfo.InvariantCulture,
        $"<line class=\"span\" x1=\"{PageText.Percent(axis.PlaceOf(from))}\" x2=\"{PageText.Percent(axis.PlaceOf(to))}\" y1=\"{Middle}\" y2=\"{Middle}\"/>");

    public static void WriteGap(StringBuilder page, PageAxis axis, CatalogGap gap)
    {
        double from = axis.PlaceOf(gap.From);
        page.Append(CultureInfo.InvariantCulture, $"<rect class=\"gap\" x=\"{PageText.Percent(from)}\" width=\"{PageText.Percent(axis.PlaceOf(gap.To) - from)}\" y=\"4\" height=\"{Height - 8}\">")
            .Append("<title>no point from ").Append(PageText.Moment(gap.From)).Append(" to ").Append(PageText.Moment(gap.To)).Append("</title></rect>");
    }

    public static void WritePoint(StringBuilder page, PageAxis axis, CatalogPoint point)
    {
        // An inner drawing has its own origin, so that shapes need no place in percent.
        page.Append(CultureInfo.InvariantCulture, $"<svg x=\"{PageText.Percent(axis.PlaceOf(point.Created))}\" y=\"{Middle}\" overflow=\"visible\">");
        WriteShape(page, point.Chain, $"{PageText.Moment(point.Created)}: {CatalogWords.Of(point.Chain)}");
        page.Append("</svg>");
    }

    public static void WriteLegend(StringBuilder page)
    {
        page.Append("<ul class=\"legend\">");
        foreach ((ChainState state, string text) in ((ChainState, string)[])
        [
            (ChainState.Complete, "can be restored"), (ChainState.ParentMissing, "something it builds on is missing"), (ChainState.Gone, "bundle is gone"), (ChainState.Conflict, "another bundle has its id"),
        ])
        {
            page.Append("<li><svg width=\"18\" height=\"18\" viewBox=\"-9 -9 18 18\" aria-hidden=\"true\">");
            WriteShape(page, state, text);
            page.Append("</svg> ").Append(text).Append("</li>");
        }

        page.Append("<li><svg width=\"18\" height=\"18\" viewBox=\"-9 -9 18 18\" aria-hidden=\"true\"><rect class=\"gap\" x=\"-8\" y=\"-8\" width=\"16\" height=\"16\"/></svg> no points for long</li></ul>");
    }

    private static void WriteShape(StringBuilder page, ChainState state, string title)
    {
        string shape = state switch
        {
            ChainState.Complete => "<circle class=\"complete\" r=\"6\">{0}</circle>",
            ChainState.ParentMissing => "<path class=\"parent-missing\" d=\"M-6 -6L6 6M-6 6L6 -6\">{0}</path>",
            ChainState.Gone => "<circle class=\"gone\" r=\"5\">{0}</circle>",
            _ => "<path class=\"conflict\" d=\"M0 -7L7 6L-7 6Z\">{0}</path>",
        };
        page.Append(shape.Replace("{0}", $"<title>{PageText.Escape(title)}</title>", StringComparison.Ordinal));
    }
}
