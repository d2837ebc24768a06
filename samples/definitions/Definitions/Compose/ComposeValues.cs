using System.Collections.Immutable;
using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Compose;

/// <summary>Reads values of a Compose file with their variables replaced.</summary>
internal sealed class ComposeValues(DefinitionDocument document, ImmutableDictionary<string, string> variables)
{
    /// <summary>Replaces the variables of a value.</summary>
    public Interpolated Expand(DefinitionNode node) => Expand(node, variables.GetValueOrDefault);

    /// <summary>Reads a value that says what the application is, so that without it nothing true can be said; empty if it is missing.</summary>
    public string Decide(DefinitionNode parent, string key) => parent.Find(key) is { } node ? Decide(document.Require(node, NodeKind.Scalar, key)) : "";

    /// <summary>Reads a value that says what the application is.</summary>
    public string Decide(DefinitionNode node)
    {
        Interpolated value = Expand(node);
        return value.Missing.Count == 0 ? value.Text
            : throw document.Invalid(node, $"This depends on a variable without a value: {Shown.Cut(string.Join(", ", value.Missing))}", "Give the values with the definition.");
    }

    /// <summary>Reads a list of values, or one value, that say what the application is.</summary>
    public IEnumerable<(string Text, DefinitionNode Node)> DecideAll(DefinitionNode parent, string key) =>
        parent.Find(key) is not { } node ? []
        : node.Kind == NodeKind.Scalar ? [(Decide(node), node)]
        : document.Items(parent, key).Select(item => (Decide(document.Require(item, NodeKind.Scalar, key)), item));

    /// <summary>Reads yes or no.</summary>
    public bool Flag(DefinitionNode parent, string key) =>
        parent.Find(key) is { } node && document.Flag(node, Decide(document.Require(node, NodeKind.Scalar, key)), key);

    /// <summary>Reads entries in either form.</summary>
    /// <param name="parent">What has them.</param>
    /// <param name="key">The key they stand under.</param>
    /// <param name="blankSecrets">Whether variables that are secrets by their names count as set to nothing.</param>
    public List<ComposePair> Pairs(DefinitionNode parent, string key, bool blankSecrets = false)
    {
        Func<string, string?> lookup = blankSecrets ? name => SecretRules.IsSecretName(name) ? "" : variables.GetValueOrDefault(name) : variables.GetValueOrDefault;
        List<ComposePair> pairs = [];
        var keys = new HashSet<string>(StringComparer.Ordinal);
        DefinitionNode? node = parent.Find(key);
        if (node?.Kind == NodeKind.Mapping)
        {
            foreach ((string name, DefinitionNode value) in node.Entries)
            {
                pairs.Add(new ComposePair(name, value.Kind == NodeKind.Null ? null : Expand(document.Require(value, NodeKind.Scalar, name), lookup), value));
            }

            return pairs;
        }

        foreach (DefinitionNode item in document.Items(parent, key))
        {
            Interpolated text = Expand(document.Require(item, NodeKind.Scalar, key), lookup);
            int equals = text.Text.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? text.Text : text.Text[..equals];
            if (!keys.Add(name))
            {
                throw document.Invalid(item, $"'{Shown.Cut(name)}' is set twice");
            }

            text.Text = text.Text[(equals + 1)..];
            pairs.Add(new ComposePair(name, equals < 0 ? null : text, item));
        }

        return pairs;
    }

    /// <summary>Lists the variables that a value and everything in it names.</summary>
    public SortedSet<string> VariablesOf(IEnumerable<DefinitionNode> roots)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<DefinitionNode>(ReferenceEqualityComparer.Instance);
        var open = new Stack<DefinitionNode>(roots);
        while (open.TryPop(out DefinitionNode? node))
        {
            if (!seen.Add(node))
            {
                continue;
            }

            if (node.Kind == NodeKind.Scalar && node.Text.Contains('$', StringComparison.Ordinal))
            {
                // As if nothing were set, so that the variables in what takes their place are named too.
                names.UnionWith(Expand(node, _ => null).Used);
            }

            foreach (DefinitionNode child in node.Entries.Values.Concat(node.Items))
            {
                open.Push(child);
            }
        }

        return names;
    }

    private Interpolated Expand(DefinitionNode node, Func<string, string?> lookup)
    {
        try
        {
            return Interpolation.Expand(node.Text, lookup);
        }
        catch (FormatException e)
        {
            throw document.Invalid(node, $"A variable cannot be understood: {e.Message}");
        }
    }
}
