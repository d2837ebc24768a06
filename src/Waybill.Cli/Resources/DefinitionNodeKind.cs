namespace Waybill.Cli.Resources;

/// <summary>The shapes a value of a definition can have.</summary>
internal enum DefinitionNodeKind
{
    Null,
    Scalar,
    Mapping,
    Sequence,
}
