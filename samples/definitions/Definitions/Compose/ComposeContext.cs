using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Compose;

/// <summary>What the parts of the reader share while one file is read.</summary>
internal sealed record ComposeContext(DefinitionDocument Document, ComposeOptions Options, ComposeValues Values, string Project)
{
    public TagList Tags { get; } = new(Document.FileName);

    public VolumeList Volumes { get; } = new(Document.FileName);

    /// <summary>Gets what tags and gaps of the whole project name.</summary>
    public string Reference { get; } = $"{DefinitionKind.Compose}/Project/{Project}";

    public string ReferenceTo(string section, string name) => $"{Reference}/{section}/{Shown.Cut(name)}";

    /// <summary>Adds the labels or annotations of a part of the file.</summary>
    public void AddLabels(DefinitionNode parent, string key, TagSource source, string reference)
    {
        foreach (ComposePair pair in Values.Pairs(parent, key))
        {
            if (pair.Value is { Missing.Count: > 0 } value)
            {
                Tags.AddGap(DefinitionGapKind.NotGiven, reference, $"'{Shown.Cut(pair.Key)}' depends on a variable without a value: {Shown.Cut(string.Join(", ", value.Missing))}.");
            }
            else if (pair.Value?.Used.Any(SecretRules.IsSecretName) == true)
            {
                Tags.AddGap(DefinitionGapKind.NotShown, reference, $"'{Shown.Cut(pair.Key)}' is made of a secret and is no tag.");
            }
            else
            {
                Tags.AddGiven(pair.Key, pair.Value?.Text ?? "", source, reference);
            }
        }
    }
}
