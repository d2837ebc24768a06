using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Waybill.Samples.Definitions.Compose;
using Waybill.Samples.Definitions.Documents;

namespace Waybill.Samples.Definitions.Facts;

/// <summary>
/// Tells what looks like a secret, by its name and by its form. It errs on one side: what is taken for a secret without being one makes no tag,
/// or lies in the bundle's stream of Secrets, and nothing is lost.
/// </summary>
internal static partial class SecretRules
{
    private static readonly string[] s_parts =
        ["password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "accesskey", "privatekey", "basicauth", "digestauth", "htpasswd"];

    private static readonly HashSet<string> s_words = ["pass", "pwd", "pw", "pat", "passcode"];

    private static readonly SearchValues<char> s_ends = SearchValues.Create(" \t\r\n\"'<>`,");

    /// <summary>Says whether a thing of that name is a secret: <c>POSTGRES_PASSWORD</c>, <c>apiKey</c>; but not <c>POSTGRES_PASSWORD_FILE</c>, which only says where.</summary>
    public static bool IsSecretName(string name)
    {
        List<string> words = Words(name);
        if (words.Count == 0 || words[^1] == "file")
        {
            return false;
        }

        string joined = string.Concat(words);
        return s_parts.Any(part => joined.Contains(part, StringComparison.Ordinal))
            || words.Any(s_words.Contains)
            || (words.Count > 1 && words[^1] is "key" or "keys" or "salt");
    }

    /// <summary>Says whether this is a secret and its value, not a place where the value is kept.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="value">What it is set to.</param>
    /// <param name="interpolated">Whether variables in the value are replaced when it is used; what only names them holds no secret.</param>
    public static bool IsSecret(string name, string value, bool interpolated) =>
        IsSecretName(name)
        && Literal(value, interpolated) is { Length: > 0 } literal
        && !literal.StartsWith("arn:", StringComparison.Ordinal)
        && literal.ToUpperInvariant() is not ("TRUE" or "FALSE" or "YES" or "NO");

    /// <summary>Says whether a text has a secret in it: a URL with a password, a private key, <c>…;password=x</c>.</summary>
    public static bool HoldsSecret(string text, bool interpolated)
    {
        string literal = Literal(text, interpolated);
        return HasPassword(literal)
            || literal.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
            || AccessKey().IsMatch(literal)
            || Assignments(literal).Any(a => IsSecret(a.Name, a.Value, interpolated: false));
    }

    /// <summary>Says whether a value of a document, or anything in it, holds a secret.</summary>
    public static bool HoldsSecret(DefinitionNode node, bool interpolated) => node.Kind switch
    {
        NodeKind.Scalar => HoldsSecret(node.Text, interpolated),
        NodeKind.List => node.Items.Any(item => HoldsSecret(item, interpolated)) || HasSecretArgument(node, interpolated),
        NodeKind.Mapping => IsSecretPair(node, "name", interpolated) || IsSecretPair(node, "key", interpolated)
            || node.Entries.Any(entry => (entry.Value.Kind == NodeKind.Scalar && IsSecretEntry(entry.Key, entry.Value.Text, interpolated)) || HoldsSecret(entry.Value, interpolated)),
        _ => false,
    };

    /// <summary>Says whether a file of any kind has a secret in it, as far as it can be read as lines of text.</summary>
    public static bool HoldsSecret(ReadOnlySpan<byte> file)
    {
        foreach (ReadOnlySpan<char> line in Encoding.Latin1.GetString(file).AsSpan().EnumerateLines())
        {
            // name: value and name = value, quoted or not.
            string text = line.ToString();
            int separator = text.AsSpan().IndexOfAny(':', '=');
            if (HoldsSecret(text, interpolated: false)
                || (separator > 0 && IsSecret(text[..separator], text[(separator + 1)..].Trim(' ', '\t', '"', '\'', ','), interpolated: false)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds <c>name=value</c> in a text that is made of such, separated by white space, commas, semicolons or ampersands.</summary>
    public static IEnumerable<(string Name, string Value)> Assignments(string text)
    {
        foreach (string part in text.Split([' ', '\t', '\r', '\n', ',', ';', '&', '?'], StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                yield return (part[..equals], part[(equals + 1)..].Trim('"', '\''));
            }
        }
    }

    /// <summary>Cuts a name into its words, in lower case: at whatever is neither letter nor digit, and before a capital that follows a small letter.</summary>
    public static List<string> Words(string name)
    {
        List<string> words = [];
        var word = new StringBuilder();
        for (int i = 0; i <= name.Length; i++)
        {
            bool ends = i == name.Length || !char.IsAsciiLetterOrDigit(name[i]) || (i > 0 && char.IsAsciiLetterUpper(name[i]) && char.IsAsciiLetterLower(name[i - 1]));
            if (ends && word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }

            if (i < name.Length && char.IsAsciiLetterOrDigit(name[i]))
            {
                word.Append(char.ToLowerInvariant(name[i]));
            }
        }

        return words;
    }

    private static string Literal(string value, bool interpolated)
    {
        if (!interpolated || !value.Contains('$', StringComparison.Ordinal))
        {
            return value.Trim();
        }

        try
        {
            return Interpolation.Expand(value, _ => null).Text.Trim();
        }
        catch (FormatException)
        {
            // Not an interpolation after all.
            return value.Trim();
        }
    }

    private static bool HasPassword(string text)
    {
        for (int start = text.IndexOf("://", StringComparison.Ordinal); start >= 0; start = text.IndexOf("://", start, StringComparison.Ordinal))
        {
            start += 3;
            ReadOnlySpan<char> rest = text.AsSpan(start);
            int end = rest.IndexOfAny(s_ends);
            ReadOnlySpan<char> address = end < 0 ? rest : rest[..end];
            int at = address.LastIndexOf('@');
            int colon = address.IndexOf(':');
            if (colon >= 0 && colon < at - 1)
            {
                return true;
            }

            // Whatever else begins in it was looked at with it.
            start += address.Length;
        }

        return false;
    }

    private static bool HasSecretArgument(DefinitionNode list, bool interpolated)
    {
        for (int i = 0; i + 1 < list.Items.Count; i++)
        {
            // --password hunter2
            if (list.Items[i] is { Kind: NodeKind.Scalar } option && list.Items[i + 1] is { Kind: NodeKind.Scalar } value
                && option.Text.StartsWith('-') && !value.Text.StartsWith('-') && IsSecret(option.Text, value.Text, interpolated))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Says whether a mapping is a named value, as ECS writes them, and that value a secret.</summary>
    private static bool IsSecretPair(DefinitionNode mapping, string nameKey, bool interpolated) =>
        mapping.Find(nameKey) is { Kind: NodeKind.Scalar } name && mapping.Find("value") is { Kind: NodeKind.Scalar } value && IsSecret(name.Text, value.Text, interpolated);

    /// <summary>Says whether an entry is a secret. A few keys of ECS and Compose are called after secrets and name where one is kept.</summary>
    private static bool IsSecretEntry(string key, string value, bool interpolated) =>
        key is not ("credentialsParameter" or "credential_spec" or "tokenEndpoint") && IsSecret(key, value, interpolated);

    [GeneratedRegex(@"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")]
    private static partial Regex AccessKey();
}
