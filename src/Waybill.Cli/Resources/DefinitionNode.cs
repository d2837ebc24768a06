namespace Waybill.Cli.Resources;

/// <summary>
/// A value of a parsed definition, YAML or JSON alike. Only what identifies an object is ever read from it; the object itself is kept as bytes.
/// </summary>
internal sealed class DefinitionNode
{
    private DefinitionNode(DefinitionNodeKind kind, long offset)
    {
        Kind = kind;
        Offset = offset;
        End = offset;
    }

    public DefinitionNodeKind Kind { get; }

    /// <summary>Gets the first byte of the value in its file.</summary>
    public long Offset { get; }

    /// <summary>Gets the first byte after the value; exact for JSON and YAML flow style only.</summary>
    public long End { get; set; }

    /// <summary>Gets whether the value is written in braces or brackets, so that its bytes stand on their own.</summary>
    public bool IsSelfContained { get; init; }

    /// <summary>Gets the text of a scalar.</summary>
    public string Text { get; private init; } = "";

    /// <summary>Gets the entries of a mapping in their order.</summary>
    public List<KeyValuePair<string, DefinitionNode>> Entries { get; } = [];

    /// <summary>Gets the items of a sequence.</summary>
    public List<DefinitionNode> Items { get; } = [];

    public static DefinitionNode Null(long offset) => new(DefinitionNodeKind.Null, offset);

    public static DefinitionNode Scalar(string text, long offset) => new(DefinitionNodeKind.Scalar, offset) { Text = text };

    public static DefinitionNode Mapping(long offset, bool selfContained) =>
        new(DefinitionNodeKind.Mapping, offset) { IsSelfContained = selfContained };

    public static DefinitionNode Sequence(long offset, bool selfContained) =>
        new(DefinitionNodeKind.Sequence, offset) { IsSelfContained = selfContained };

    /// <summary>Finds the value of a key.</summary>
    /// <exception cref="DefinitionException">The key occurs twice, so that two programs could read two different objects.</exception>
    public DefinitionNode? Find(string key)
    {
        DefinitionNode? found = null;
        foreach ((string name, DefinitionNode value) in Entries)
        {
            if (name != key)
            {
                continue;
            }

            if (found is not null)
            {
                throw new DefinitionException($"The key '{key}' occurs twice.", value.Offset);
            }

            found = value;
        }

        return found;
    }

    /// <summary>Gets the text of a scalar under a key; empty if the key is absent or null.</summary>
    public string FindText(string key)
    {
        DefinitionNode? value = Find(key);
        return value?.Kind switch
        {
            null or DefinitionNodeKind.Null => "",
            DefinitionNodeKind.Scalar => value.Text,
            _ => throw new DefinitionException($"The value of '{key}' is not a text.", value.Offset),
        };
    }
}
