using System.Collections.Immutable;
using System.Globalization;

namespace Waybill.Catalog.Storage;

/// <summary>Makes values of what is stored of them.</summary>
internal static class StoredTagValue
{
    public static TagValue Read(TagValueType type, string text) => type switch
    {
        TagValueType.Number => new TagValue.Number(long.Parse(text, CultureInfo.InvariantCulture)),
        TagValueType.Flag => new TagValue.Flag(text == "true"),
        TagValueType.Raw => new TagValue.Raw([.. Convert.FromHexString(text)]),
        TagValueType.Time => new TagValue.Time(ReadTime(text)),
        TagValueType.TextList => new TagValue.TextList(text.Length == 0 ? [] : [.. text.Split('\n').Select(part => part.Replace(@"\n", "\n", StringComparison.Ordinal).Replace(@"\s", @"\", StringComparison.Ordinal))]),
        _ => new TagValue.Text(text),
    };

    /// <summary>Makes one text of several that <see cref="Read"/> takes apart again.</summary>
    public static string JoinTexts(ImmutableArray<string> texts) => texts.IsDefaultOrEmpty
        ? ""
        : string.Join('\n', texts.Select(text => text.Replace(@"\", @"\s", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)));

    private static Timestamp ReadTime(string text)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        return new Timestamp(long.Parse(text.AsSpan(0, point), CultureInfo.InvariantCulture), int.Parse(text.AsSpan(point + 1), CultureInfo.InvariantCulture));
    }
}
