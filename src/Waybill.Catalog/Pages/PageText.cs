using System.Globalization;
using System.Text;

namespace Waybill.Catalog.Pages;

/// <summary>
/// Makes text that others wrote safe to stand in a page: it cannot end the place it stands in, and what does not show or turns the direction of text is
/// written out.
/// </summary>
internal static class PageText
{
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length;)
        {
            bool isWhole = Rune.TryGetRuneAt(text, i, out Rune rune);
            i += isWhole ? rune.Utf16SequenceLength : 1;
            _ = !isWhole ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)text[i - 1]:X}}}")
                : rune.Value switch
                {
                    '&' => escaped.Append("&amp;"),
                    '<' => escaped.Append("&lt;"),
                    '>' => escaped.Append("&gt;"),
                    '"' => escaped.Append("&quot;"),
                    '\'' => escaped.Append("&#39;"),
                    _ => IsVisible(rune) ? escaped.Append(rune.ToString()) : escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}"),
                };
        }

        return escaped.ToString();
    }

    /// <summary>Gets a name that does not change the direction of what stands beside it.</summary>
    public static string Name(string text) => $"<bdi>{Escape(text)}</bdi>";

    public static string Day(Timestamp time) => time.ToString().Split('T')[0];

    public static string Moment(Timestamp time) => new Timestamp(time.Seconds, 0).ToString().Replace('T', ' ').Replace("Z", " UTC", StringComparison.Ordinal);

    /// <summary>Gets a time for people and for programs.</summary>
    public static string Time(Timestamp time) => $"<time datetime=\"{Escape(time.ToString())}\">{Escape(Moment(time))}</time>";

    public static string Size(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        int unit = 0;
        for (; value >= 1_023.5 && unit < units.Length - 1; unit++)
        {
            value /= 1_024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(unit == 0 || value >= 99.95 ? "F0" : "F1", CultureInfo.InvariantCulture)} {units[unit]}");
    }

    public static string Count(long count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}");

    public static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{part * 100:F2}%");

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        _ => true,
    };
}
