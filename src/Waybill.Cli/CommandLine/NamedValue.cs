using System.Text;

namespace Waybill.Cli.CommandLine;

/// <summary>An argument of the form <c>NAME=VALUE</c>.</summary>
/// <param name="Name">What stands before the first equals sign.</param>
/// <param name="Value">What stands behind it.</param>
internal readonly record struct NamedValue(string Name, string Value)
{
    private const int MaxStreamNameBytes = 255;

    /// <summary>Reads arguments whose names become names of streams: each once, and fit to be the name of a file.</summary>
    public static NamedValue[] ParseStreams(string option, string[]? arguments)
    {
        NamedValue[] values = [.. (arguments ?? []).Select(argument => Parse(option, argument))];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (NamedValue value in values)
        {
            RequireStreamName(option, value.Name);
            if (value.Value.Length == 0)
            {
                throw new UsageException($"{option} {value.Name}= names no file.");
            }

            if (!seen.Add(value.Name))
            {
                throw new UsageException($"{option} gives the name '{value.Name}' twice.");
            }
        }

        return values;
    }

    /// <summary>Splits one argument.</summary>
    public static NamedValue Parse(string option, string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new NamedValue(argument[..equals], argument[(equals + 1)..])
            : throw new UsageException($"{option} needs NAME=VALUE, not '{argument}'.");
    }

    /// <summary>Refuses a name that section 8.4 of the specification does not allow for a stream.</summary>
    public static void RequireStreamName(string option, string name)
    {
        if (FindStreamNameProblem(name) is { } problem)
        {
            throw new UsageException($"{option}: {problem}");
        }
    }

    /// <summary>Says why a stream cannot have a name; null if it can.</summary>
    public static string? FindStreamNameProblem(string name) =>
        name is "" or "." or ".." || name.AsSpan().ContainsAny('/', '\\') || name.Any(char.IsControl)
            ? $"'{name}' cannot be a name. Names become file names: no slashes, no control characters, not . or .."
            : Encoding.UTF8.GetByteCount(name) > MaxStreamNameBytes ? $"a name has at most {MaxStreamNameBytes} bytes."
            : null;
}
