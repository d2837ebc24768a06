namespace Waybill.Samples.Definitions.Documents;

/// <summary>What a value of a document is.</summary>
internal enum NodeKind
{
    Null,
    Scalar,
    Mapping,
    List,
}
