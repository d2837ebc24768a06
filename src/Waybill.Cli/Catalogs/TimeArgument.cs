using System.Globalization;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Catalogs;

/// <summary>Reads points in time and spans as people write them on a command line.</summary>
internal static class TimeArgument
{
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>Reads a day or a time; null stays null.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="text">What was given.</param>
    /// <param name="isEnd">Whether a day stands for its end rather than its beginning.</param>
    /// <exception cref="UsageException">It is neither.</exception>
    public static Timestamp? Read(string option, string? text, bool isEnd)
    {
        if (text is null)
        {
            return null;
        }

        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, Utc, out DateTimeOffset day))
        {
            return Timestamp.From(isEnd ? day.AddDays(1).AddTicks(-1) : day);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out DateTimeOffset moment)
            ? Timestamp.From(moment)
            : throw new UsageException($"{option} needs a day or a time such as 2026-03-01 or 2026-03-01T12:00:00Z.");
    }

    /// <summary>Reads a span in hours, days, weeks or years, such as <c>7d</c>.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static TimeSpan? ReadSpan(string option, string? text)
    {
        if (text is null)
        {
            return null;
        }

        double days = text.Length < 2 ? 0 : text[^1] switch { 'h' => 1.0 / 24, 'd' => 1, 'w' => 7, 'y' => 365.25, _ => 0 };
        return days > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is > 0 and <= 100_000
            ? TimeSpan.FromDays(count * days)
            : throw new UsageException($"{option} needs a number and h, d, w or y, such as 7d.");
    }
}
