namespace Waybill.Samples.Definitions.Compose;

/// <summary>A mount in the short form: <c>[SOURCE:]TARGET[:OPTIONS]</c>.</summary>
internal readonly record struct ShortMount(string Source, string Target, bool IsReadOnly)
{
    /// <summary>Takes a mount apart. A single letter before a colon is a drive of Windows, as Compose takes it.</summary>
    /// <exception cref="FormatException">It has an empty part, or too many.</exception>
    public static ShortMount Parse(string text)
    {
        List<string> parts = [];
        foreach (string part in text.Split(':'))
        {
            if (parts.Count > 0 && parts[^1].Length == 1 && char.IsAsciiLetter(parts[^1][0]))
            {
                parts[^1] += ":" + part;
            }
            else
            {
                parts.Add(part);
            }
        }

        if (parts.Contains(""))
        {
            throw new FormatException("A part between its colons is empty");
        }

        return parts switch
        {
            [var target] => new ShortMount("", target, IsReadOnly: false),
            [var source, var target] => new ShortMount(source, target, IsReadOnly: false),
            [var source, var target, var options] => new ShortMount(source, target, options.Split(',').Contains("ro")),
            _ => throw new FormatException("It has more than three parts"),
        };
    }

    /// <summary>Says whether a source is a path of the host and not the name of a volume.</summary>
    public static bool IsPath(string source) => source.Length > 0 && (source[0] is '.' or '/' or '~' or '\\' || (source.Length > 1 && source[1] == ':'));
}
