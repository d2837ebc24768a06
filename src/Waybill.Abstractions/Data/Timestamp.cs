using System.Globalization;

namespace Waybill;

/// <summary>A point in time with nanoseconds, far before 1970 and far after 2262 included, as file systems have them.</summary>
/// <param name="Seconds">Seconds since 1970-01-01T00:00:00Z; negative before.</param>
/// <param name="Nanoseconds">0 to 999 999 999, counted forward from <paramref name="Seconds"/>.</param>
public readonly record struct Timestamp(long Seconds, int Nanoseconds) : IComparable<Timestamp>
{
    private static readonly long s_minSeconds = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    private static readonly long s_maxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>Converts a time of the base library; ticks of 100 ns are kept exactly.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The same point in time.</returns>
    public static Timestamp From(DateTimeOffset time)
    {
        long seconds = time.ToUnixTimeSeconds();
        long ticks = time.UtcTicks - DateTimeOffset.FromUnixTimeSeconds(seconds).UtcTicks;
        return new Timestamp(seconds, (int)(ticks * 100));
    }

    /// <summary>Converts to a time of the base library, cut to 100 ns; times it cannot express become its nearest end.</summary>
    /// <returns>The time in UTC.</returns>
    public DateTimeOffset ToDateTimeOffset()
    {
        if (Seconds < s_minSeconds)
        {
            return DateTimeOffset.MinValue;
        }

        return Seconds > s_maxSeconds ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeSeconds(Seconds).AddTicks(Nanoseconds / 100);
    }

    /// <inheritdoc/>
    public int CompareTo(Timestamp other)
    {
        int order = Seconds.CompareTo(other.Seconds);
        return order != 0 ? order : Nanoseconds.CompareTo(other.Nanoseconds);
    }

    /// <summary>Gets the time in ISO 8601 with nine decimals where the calendar reaches, else as seconds.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        if (Seconds < s_minSeconds || Seconds > s_maxSeconds)
        {
            return string.Create(CultureInfo.InvariantCulture, $"@{Seconds}.{Nanoseconds:D9}");
        }

        string day = DateTimeOffset.FromUnixTimeSeconds(Seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return Nanoseconds == 0 ? day + "Z" : string.Create(CultureInfo.InvariantCulture, $"{day}.{Nanoseconds:D9}Z");
    }

    /// <summary>Orders two points in time.</summary>
    public static bool operator <(Timestamp left, Timestamp right) => left.CompareTo(right) < 0;

    /// <summary>Orders two points in time.</summary>
    public static bool operator >(Timestamp left, Timestamp right) => left.CompareTo(right) > 0;

    /// <summary>Orders two points in time.</summary>
    public static bool operator <=(Timestamp left, Timestamp right) => left.CompareTo(right) <= 0;

    /// <summary>Orders two points in time.</summary>
    public static bool operator >=(Timestamp left, Timestamp right) => left.CompareTo(right) >= 0;
}
