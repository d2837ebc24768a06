namespace Waybill.Kubernetes;

/// <summary>Says what can be the name of an object. What cannot is asked for by nobody who means well, and must not get into a path or a log.</summary>
internal static class KubernetesNames
{
    private const int MaxNamespace = 63;
    private const int MaxName = 253;

    public static bool IsNamespace(string text) => text.Length is > 0 and <= MaxNamespace && text.All(IsLabelCharacter) && text[0] != '-' && text[^1] != '-';

    public static bool IsObject(string text) =>
        text.Length is > 0 and <= MaxName && text.Split('.').All(part => part.Length > 0 && part.All(IsLabelCharacter) && part[0] != '-' && part[^1] != '-');

    /// <summary>Says whether a text can be the name of a bundle, which stands in roles only and need not follow the rules for objects.</summary>
    public static bool IsBundle(string text) => text.Length is > 0 and <= MaxName && !text.Any(char.IsControl);

    private static bool IsLabelCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';
}
