using System.Globalization;
using System.Text;

namespace Waybill.Catalog.Pages;

/// <summary>A line of time: places in percent, so that a drawing fits any width without its text being scaled.</summary>
internal sealed class PageAxis
{
    private const int MostTicks = 5;

    // Marks at the very ends would be cut in half.
    private const double Margin = 0.02;

    private static readonly TimeSpan s_short = TimeSpan.FromDays(5);

    private readonly DateTimeOffset _first;
    private readonly DateTimeOffset _last;

    public PageAxis(Timestamp first, Timestamp last)
    {
        _first = first.ToDateTimeOffset();
        _last = last.ToDateTimeOffset() > _first ? last.ToDateTimeOffset() : _first.AddDays(_first < DateTimeOffset.MaxValue.AddDays(-2) ? 1 : 0);
    }

    public double PlaceOf(Timestamp time)
    {
        double whole = (_last - _first).TotalSeconds;
        double part = whole <= 0 ? 0 : (time.ToDateTimeOffset() - _first).TotalSeconds / whole;
        return Margin + (Math.Clamp(part, 0, 1) * (1 - (2 * Margin)));
    }

    /// <summary>Writes the scale: few days at round distances.</summary>
    public void WriteScale(StringBuilder page)
    {
        string form = _last - _first < s_short ? "MM-dd HH:mm" : "yyyy-MM-dd";
        page.Append("<div class=\"row scale\" aria-hidden=\"true\"><div></div><svg class=\"track\" height=\"22\">");
        for (int i = 0; i < MostTicks; i++)
        {
            double part = i / (MostTicks - 1.0);
            DateTimeOffset time = _first + ((_last - _first) * part);
            string anchor = i == 0 ? "start" : i == MostTicks - 1 ? "end" : "middle";
            string wide = i is 1 or 3 ? " class=\"wide\"" : "";
            page.Append(CultureInfo.InvariantCulture, $"<text{wide} x=\"{PageText.Percent(i == 0 ? 0 : i == MostTicks - 1 ? 1 : Margin + (part * (1 - (2 * Margin))))}\" y=\"15\" text-anchor=\"{anchor}\">{time.UtcDateTime.ToString(form, CultureInfo.InvariantCulture)}</text>");
        }

        page.Append("</svg></div>\n");
    }
}
