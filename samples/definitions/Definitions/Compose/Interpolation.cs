using System.Text;

namespace Waybill.Samples.Definitions.Compose;

/// <summary>Replaces variables as the Compose specification says: <c>$V</c>, <c>${V}</c>, <c>:-</c>, <c>-</c>, <c>:?</c>, <c>?</c>, <c>:+</c>, <c>+</c>, nested, and <c>$$</c>.</summary>
internal static class Interpolation
{
    private const int MaxNesting = 16;

    private static readonly string[] s_operators = [":-", ":?", ":+", "-", "?", "+"];

    /// <summary>Replaces the variables of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="lookup">Gives the value of a variable; <see langword="null"/> if it is not set.</param>
    /// <returns>The text, with nothing in the place of variables that have no value, and their names.</returns>
    /// <exception cref="FormatException">This is not how a variable is written.</exception>
    public static Interpolated Expand(string text, Func<string, string?> lookup)
    {
        var result = new Interpolated();
        result.Text = Expand(text, lookup, result, MaxNesting);
        return result;
    }

    private static string Expand(ReadOnlySpan<char> text, Func<string, string?> lookup, Interpolated result, int nesting)
    {
        if (nesting == 0)
        {
            throw new FormatException($"Variables are nested deeper than {MaxNesting}");
        }

        var output = new StringBuilder();
        int i = 0;
        while (i < text.Length)
        {
            if (text[i] != '$')
            {
                output.Append(text[i++]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '$')
            {
                output.Append('$');
                i += 2;
            }
            else if (i + 1 < text.Length && text[i + 1] == '{')
            {
                int length = ClosingBrace(text[(i + 2)..]);
                output.Append(Braced(text.Slice(i + 2, length), lookup, result, nesting));
                i += length + 3;
            }
            else
            {
                int length = NameLength(text[(i + 1)..]);
                output.Append(Value(text.Slice(i + 1, length), lookup, result) ?? "");
                i += length + 1;
            }
        }

        return output.ToString();
    }

    private static string Braced(ReadOnlySpan<char> inner, Func<string, string?> lookup, Interpolated result, int nesting)
    {
        int length = NameLength(inner);
        ReadOnlySpan<char> rest = inner[length..];
        string name = inner[..length].ToString();
        string? value = lookup(name);
        result.Used.Add(name);
        if (rest.IsEmpty)
        {
            return value ?? Missing(name, result);
        }

        string operation = Operator(rest);
        ReadOnlySpan<char> word = rest[operation.Length..];
        bool counts = operation[0] == ':' ? !string.IsNullOrEmpty(value) : value is not null;
        return operation[^1] switch
        {
            '+' => counts ? Expand(word, lookup, result, nesting - 1) : "",
            '-' => counts ? value! : Expand(word, lookup, result, nesting - 1),
            _ => counts ? value! : Missing(name, result),
        };
    }

    private static string? Value(ReadOnlySpan<char> name, Func<string, string?> lookup, Interpolated result)
    {
        string text = name.ToString();
        result.Used.Add(text);
        return lookup(text) ?? Missing(text, result);
    }

    private static string Missing(string name, Interpolated result)
    {
        result.Missing.Add(name);
        return "";
    }

    private static string Operator(ReadOnlySpan<char> rest)
    {
        foreach (string operation in s_operators)
        {
            if (rest.StartsWith(operation, StringComparison.Ordinal))
            {
                return operation;
            }
        }

        throw new FormatException("A variable's name is followed by something that is not understood");
    }

    private static int NameLength(ReadOnlySpan<char> text)
    {
        int length = 0;
        while (length < text.Length && (text[length] == '_' || char.IsAsciiLetter(text[length]) || (length > 0 && char.IsAsciiDigit(text[length]))))
        {
            length++;
        }

        return length > 0 ? length : throw new FormatException("A '$' is not followed by the name of a variable; one that stands for itself is written '$$'");
    }

    private static int ClosingBrace(ReadOnlySpan<char> text)
    {
        int open = 1;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '}' && --open == 0)
            {
                return i;
            }

            if (text[i] == '{' && i > 0 && text[i - 1] == '$')
            {
                open++;
            }
        }

        throw new FormatException("A '${' has no '}'");
    }
}
