using System.Text;

namespace Waybill.Engine;

/// <summary>The names bundles have in stores.</summary>
internal static class StoreNames
{
    public const string Extension = ".waybill";

    private const int MaxLength = 200;
    private const int MaxApplicationLength = 60;

    /// <summary>Makes a name a person can read: the application, then the bundle's id.</summary>
    public static string For(string application, BundleId bundle) => $"{Slug(application)}-{bundle}{Extension}";

    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength && name[0] != '.' && name.EndsWith(Extension, StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');

    public static string Check(string name) => IsValid(name)
        ? name
        : throw new WaybillException(
            WaybillErrorCode.UnsafeName, $"The name of a bundle in a store has up to {MaxLength} lower-case letters, digits, '-', '_' and '.', does not begin with a dot and ends in '{Extension}'")
        {
            ObjectName = name,
        };

    /// <summary>Turns what people call an application into a part of a file name; different names may give the same.</summary>
    public static string Slug(string text)
    {
        var slug = new StringBuilder(text.Length);
        foreach (char c in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            {
                slug.Append(c);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        string result = slug.ToString().TrimEnd('-');
        return result.Length == 0 ? "application" : result[..Math.Min(result.Length, MaxApplicationLength)];
    }
}
