using System.Diagnostics.CodeAnalysis;

namespace Waybill.Samples.Definitions.Documents;

/// <summary>A document with the name of its file, so that whatever is wrong with a value is said with its place.</summary>
internal sealed record DefinitionDocument(string FileName, DefinitionNode Root)
{
    public static WaybillException Invalid(string fileName, long offset, string message, string? hint = null, Exception? inner = null) =>
        new(WaybillErrorCode.ResourceInvalid, message, inner) { ObjectName = fileName, Offset = offset, Hint = hint };

    public static WaybillException TooLarge(string fileName, string message) => new(WaybillErrorCode.LimitExceeded, message) { ObjectName = fileName };

    public WaybillException Invalid(DefinitionNode at, string message, string? hint = null) => Invalid(FileName, at.Offset, message, hint);

    /// <summary>Takes a value as a text; empty if it is missing.</summary>
    public string Text(DefinitionNode parent, string key) => parent.Find(key) is { } node ? Require(node, NodeKind.Scalar, key).Text : "";

    /// <summary>Takes a value as yes or no; no if it is missing.</summary>
    public bool Flag(DefinitionNode parent, string key) => parent.Find(key) is { } node && Flag(node, Require(node, NodeKind.Scalar, key).Text, key);

    public bool Flag(DefinitionNode node, string text, string key) => text.ToUpperInvariant() switch
    {
        "TRUE" => true,
        "FALSE" => false,
        _ => throw Invalid(node, $"'{key}' is neither true nor false"),
    };

    /// <summary>Takes a value as a mapping; <see langword="null"/> if it is missing.</summary>
    public DefinitionNode? Mapping(DefinitionNode parent, string key) => parent.Find(key) is { } node ? Require(node, NodeKind.Mapping, key) : null;

    /// <summary>Takes a value as the entries of a mapping; none if it is missing.</summary>
    public IEnumerable<KeyValuePair<string, DefinitionNode>> Entries(DefinitionNode parent, string key) => Mapping(parent, key)?.Entries ?? [];

    /// <summary>Takes a value as the items of a list; none if it is missing.</summary>
    public IReadOnlyList<DefinitionNode> Items(DefinitionNode parent, string key) => parent.Find(key) is { } node ? Require(node, NodeKind.List, key).Items : [];

    /// <summary>Takes a value as a list of mappings; none if it is missing.</summary>
    public IEnumerable<DefinitionNode> Mappings(DefinitionNode parent, string key) => Items(parent, key).Select(item => Require(item, NodeKind.Mapping, key));

    public DefinitionNode Require([NotNull] DefinitionNode? node, NodeKind kind, string key) =>
        node is not null && node.Kind == kind ? node : throw Invalid(node ?? Root, $"'{key}' is not {Noun(kind)}");

    private static string Noun(NodeKind kind) => kind switch
    {
        NodeKind.Scalar => "a text",
        NodeKind.Mapping => "a mapping",
        NodeKind.List => "a list",
        _ => "empty",
    };
}
