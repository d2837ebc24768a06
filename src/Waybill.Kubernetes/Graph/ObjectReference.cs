namespace Waybill.Kubernetes;

/// <summary>A reference as an object states it; what it names may not exist.</summary>
/// <param name="Target">What it names.</param>
/// <param name="Kind">What it is to the object.</param>
/// <param name="IsOptional">Whether the object says that it does without.</param>
internal readonly record struct ObjectReference(ObjectKey Target, RelationKind Kind, bool IsOptional = false);
