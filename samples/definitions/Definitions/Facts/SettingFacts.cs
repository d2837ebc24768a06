namespace Waybill.Samples.Definitions.Facts;

/// <summary>Says what data outside of the application its settings refer to. The settings themselves make no tags: any of them may be a secret.</summary>
internal static class SettingFacts
{
    /// <summary>Adds the tags of a setting.</summary>
    public static void Add(TagList tags, string name, string value, IReadOnlySet<string> inside, string reference)
    {
        List<OutsideReference> references = OutsideReferences.Find(name, value, inside, out bool unreadable);
        foreach (OutsideReference found in references)
        {
            tags.AddDerived($"external.{found.Kind}", found.Place, reference);
        }

        if (unreadable)
        {
            tags.AddGap(DefinitionGapKind.NotShown, reference, $"'{Documents.Shown.Cut(name)}' refers to something, but its address cannot be told from a secret.");
        }
    }
}
