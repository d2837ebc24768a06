using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Waybill.Catalog;

/// <summary>
/// A name of data that does not depend on where it lies: <c>/CLUSTER/NAMESPACE/APPLICATION/VOLUME@TIME/PATH</c>, in the manner of a distributed file system's
/// namespace. A catalog says which bundle holds it.
/// </summary>
/// <remarks>
/// Volume, time and path may be left out: <c>/prod/shop/web@2026-03-01</c> is a whole point, and without a time the newest is meant. A time is ISO 8601 in UTC,
/// a day without a time of day being its end. The cluster is its name or identity, the application its name or identity; <c>-</c> is a cluster or namespace
/// that is not known, <c>*</c> is any. In names, <c>/</c>, <c>@</c>, <c>%</c> and what does not show are written <c>%XX</c>, as in a URL.
/// </remarks>
public sealed record LogicalName : IParsable<LogicalName>
{
    /// <summary>Stands for any cluster or namespace.</summary>
    public const string Any = "*";

    private const string Unknown = "-";
    private const int MaxLength = 70_000;

    /// <summary>Gets the name or identity of the cluster; empty if it is not known, <see cref="Any"/> for any.</summary>
    public required string Cluster { get; init; }

    /// <summary>Gets the namespace; empty if it is not known, <see cref="Any"/> for any.</summary>
    public required string Namespace { get; init; }

    /// <summary>Gets the name or identity of the application.</summary>
    public required string Application { get; init; }

    /// <summary>Gets the name of the volume, tree of files or dump; empty for a whole point.</summary>
    public string Volume { get; init; } = "";

    /// <summary>Gets the time; <see langword="null"/> for the newest point.</summary>
    public Timestamp? Time { get; init; }

    /// <summary>Gets the path in the tree of files; the root for all of it.</summary>
    public FilePath Path { get; init; }

    /// <summary>Reads the text form.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>The name.</returns>
    /// <exception cref="FormatException">The text is not a logical name.</exception>
    public static LogicalName Parse(string s, IFormatProvider? provider = null) => TryParse(s, provider, out LogicalName? name)
        ? name
        : throw new FormatException($"'{s}' is not a logical name: /CLUSTER/NAMESPACE/APPLICATION[/VOLUME][@TIME][/PATH] is.");

    /// <summary>Reads the text form.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used.</param>
    /// <param name="result">The name.</param>
    /// <returns>Whether the text is one.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out LogicalName result)
    {
        result = null;
        if (s is null || s.Length > MaxLength || !s.StartsWith('/'))
        {
            return false;
        }

        string[] parts = s[1..].Split('/', 5);
        if (parts.Length < 3 || !TryUnescape(parts[0], out string cluster) || !TryUnescape(parts[1], out string space) || cluster.Length == 0 || space.Length == 0)
        {
            return false;
        }

        // The time stands behind the application, or behind the volume.
        Timestamp? time = null;
        string volume = "";
        if (!TrySplit(parts[2], out string application, ref time) || (parts.Length > 3 && (time is not null || !TrySplit(parts[3], out volume, ref time))))
        {
            return false;
        }

        FilePath path = default;
        if (application.Length == 0 || (parts.Length > 3 && volume.Length == 0) || (parts.Length > 4 && !TryReadPath(parts[4], out path)))
        {
            return false;
        }

        result = new LogicalName
        {
            Cluster = cluster == Unknown ? "" : cluster, Namespace = space == Unknown ? "" : space, Application = application, Volume = volume, Time = time, Path = path,
        };
        return true;
    }

    /// <summary>Gets the text form.</summary>
    /// <returns>The text, which is read as the same name.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append('/').Append(Escape(Cluster.Length == 0 ? Unknown : Cluster)).Append('/').Append(Escape(Namespace.Length == 0 ? Unknown : Namespace)).Append('/').Append(Escape(Application));
        if (Volume.Length > 0)
        {
            text.Append('/').Append(Escape(Volume));
        }

        if (Time is { } time)
        {
            text.Append('@').Append(time);
        }

        if (!Path.IsRoot)
        {
            text.Append('/').Append(EscapeBytes(Path.Bytes));
        }

        return text.ToString();
    }

    private static bool TrySplit(string part, out string name, ref Timestamp? time)
    {
        int at = part.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!TryReadTime(part[(at + 1)..], out Timestamp read))
            {
                name = "";
                return false;
            }

            time = read;
        }

        return TryUnescape(at < 0 ? part : part[..at], out name);
    }

    private static bool TryReadTime(string text, out Timestamp time)
    {
        time = default;
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, Utc, out DateTimeOffset day))
        {
            time = new Timestamp(day.ToUnixTimeSeconds() + 86_399, 999_999_999);
            return true;
        }

        // Nine decimals, as bundles have them; the base library reads seven.
        int point = text.IndexOf('.', StringComparison.Ordinal);
        string digits = point < 0 ? "" : text[(point + 1)..].TrimEnd('Z');
        string whole = point < 0 ? text : text[..point] + (text.EndsWith('Z') ? "Z" : "");
        if (digits.Length > 9 || digits.Any(c => !char.IsAsciiDigit(c)) || (point >= 0 && digits.Length == 0)
            || !DateTimeOffset.TryParseExact(whole, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm'Z'"], CultureInfo.InvariantCulture, Utc, out DateTimeOffset moment))
        {
            return false;
        }

        time = new Timestamp(moment.ToUnixTimeSeconds(), digits.Length == 0 ? 0 : int.Parse(digits.PadRight(9, '0'), CultureInfo.InvariantCulture));
        return true;
    }

    private static bool TryReadPath(string text, out FilePath path)
    {
        path = default;
        return TryUnescapeBytes(text.TrimEnd('/'), out byte[] bytes) && FilePath.TryFromBytes(bytes, out path);
    }

    private static bool TryUnescape(string text, out string name)
    {
        name = "";
        if (!TryUnescapeBytes(text, out byte[] bytes) || !System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return false;
        }

        name = Encoding.UTF8.GetString(bytes);
        return true;
    }

    private static bool TryUnescapeBytes(string text, out byte[] bytes)
    {
        byte[] raw = Encoding.UTF8.GetBytes(text);
        var result = new List<byte>(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '%')
            {
                result.Add(raw[i]);
                continue;
            }

            if (i + 2 >= raw.Length || !byte.TryParse(raw.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes = [];
                return false;
            }

            result.Add(value);
            i += 2;
        }

        bytes = [.. result];
        return true;
    }

    private static string Escape(string name) => EscapeBytes(Encoding.UTF8.GetBytes(name)).Replace("/", "%2F", StringComparison.Ordinal);

    private static string EscapeBytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte value in bytes)
        {
            // ASCII only: what is outside of it could look like something else.
            if (value is > 0x20 and < 0x7F and not (byte)'%' and not (byte)'@')
            {
                text.Append((char)value);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        return text.ToString();
    }
}
