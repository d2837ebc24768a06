using System.Globalization;

namespace Waybill.Cli.Terminal;

/// <summary>Sizes, counts and times as people read them.</summary>
internal static class HumanUnits
{
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Gets a size with three significant digits, such as <c>1.25 GiB</c>; below 1 KiB the exact number of bytes.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1023.5 && unit < s_units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        string format = unit == 0 || value >= 99.95 ? "F0" : value >= 9.995 ? "F1" : "F2";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    /// <summary>Gets a number and its noun, such as <c>1 object</c> or <c>1,234 objects</c>.</summary>
    public static string Count(long count, string one, string many) =>
        count == 1 ? $"1 {one}" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} {many}");

    /// <summary>Gets a point in time to the second.</summary>
    public static string Moment(Timestamp time) =>
        new Timestamp(time.Seconds, 0).ToString().Replace('T', ' ').Replace("Z", " UTC", StringComparison.Ordinal);

    /// <summary>Gets how long ago something was; empty if it lies in the future.</summary>
    public static string Ago(Timestamp time, DateTimeOffset now)
    {
        TimeSpan age = now - time.ToDateTimeOffset();
        return age switch
        {
            { Ticks: < 0 } => "",
            { TotalMinutes: < 1 } => "just now",
            { TotalHours: < 1 } => Count((long)age.TotalMinutes, "minute", "minutes") + " ago",
            { TotalDays: < 2 } => Count((long)age.TotalHours, "hour", "hours") + " ago",
            { TotalDays: < 730 } => Count((long)age.TotalDays, "day", "days") + " ago",
            _ => Count((long)(age.TotalDays / 365.2425), "year", "years") + " ago",
        };
    }

    /// <summary>Gets a duration as minutes and seconds, such as <c>1:05</c>.</summary>
    public static string Duration(TimeSpan time) => time.TotalHours < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:D2}")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}");
}
