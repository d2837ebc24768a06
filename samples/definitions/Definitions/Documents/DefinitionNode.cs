namespace Waybill.Samples.Definitions.Documents;

/// <summary>A value of a YAML or JSON document. A YAML alias is the node its anchor names, so one node may stand in several places.</summary>
internal sealed class DefinitionNode(NodeKind kind, long offset)
{
    /// <summary>Gets what it is.</summary>
    public NodeKind Kind { get; } = kind;

    /// <summary>Gets the byte of the file where it begins.</summary>
    public long Offset { get; } = offset;

    /// <summary>Gets the text of a scalar, as it is written apart from quotes and escapes.</summary>
    public string Text { get; init; } = "";

    /// <summary>Gets the entries of a mapping.</summary>
    public OrderedDictionary<string, DefinitionNode> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the items of a list.</summary>
    public List<DefinitionNode> Items { get; } = [];

    /// <summary>Gets what a walk over it costs, aliases written out: one for each node and one for each character.</summary>
    public long Weight { get; private set; } = 1;

    /// <summary>Gets how deeply it is nested, aliases written out.</summary>
    public int Height { get; private set; } = 1;

    /// <summary>Finds the value of a key; <see langword="null"/> if it is missing or null.</summary>
    public DefinitionNode? Find(string key) => Entries.GetValueOrDefault(key) is { Kind: not NodeKind.Null } found ? found : null;

    /// <summary>Counts what it holds, once that is complete.</summary>
    public void Measure()
    {
        Weight = 1 + Text.Length;
        foreach ((string key, DefinitionNode value) in Entries)
        {
            Weight += key.Length + value.Weight;
            Height = Math.Max(Height, value.Height + 1);
        }

        foreach (DefinitionNode item in Items)
        {
            Weight += item.Weight;
            Height = Math.Max(Height, item.Height + 1);
        }
    }
}
