using System.Buffers;
using System.Text;

namespace Waybill.Catalog.Storage;

/// <summary>
/// Finds the names of container images in definitions: what stands behind a key <c>image</c>, in YAML or in JSON. It is for finding only, so a text that
/// merely looks like one does no harm, and no definition is too strange to be gone through.
/// </summary>
internal static class ImageNames
{
    private const int MaxLength = 512;
    private const int MaxImages = 1_000;

    private static readonly SearchValues<char> s_ends = SearchValues.Create(" \t\r\n\"',}]#");

    public static IReadOnlyCollection<string> Find(ReadOnlySpan<byte> definition)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        ReadOnlySpan<char> text = Encoding.UTF8.GetString(definition);
        const string Key = "image";
        for (int at = text.IndexOf(Key, StringComparison.Ordinal); at >= 0 && found.Count < MaxImages;)
        {
            bool begins = at == 0 || text[at - 1] is ' ' or '\t' or '\n' or '"' or '\'' or '{' or ',' or '-';
            text = text[(at + Key.Length)..];
            if (begins && ReadValue(text) is { Length: > 0 } image)
            {
                found.Add(image);
            }

            at = text.IndexOf(Key, StringComparison.Ordinal);
        }

        return found;
    }

    private static string ReadValue(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> rest = text.TrimStart("\"'").TrimStart(' ');
        if (rest.IsEmpty || rest[0] != ':')
        {
            return "";
        }

        rest = rest[1..].TrimStart(" \t").TrimStart("\"'");
        int end = rest.IndexOfAny(s_ends);
        ReadOnlySpan<char> value = end < 0 ? rest : rest[..end];
        return value.Length is > 0 and <= MaxLength && char.IsAsciiLetterOrDigit(value[0]) ? value.ToString() : "";
    }
}
