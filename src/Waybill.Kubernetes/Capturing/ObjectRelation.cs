namespace Waybill.Kubernetes;

/// <summary>What an object of an application has to do with another.</summary>
/// <param name="From">The object, by its place in the capture.</param>
/// <param name="To">The other one.</param>
/// <param name="Kind">What it is to the first.</param>
public readonly record struct ObjectRelation(int From, int To, RelationKind Kind);
