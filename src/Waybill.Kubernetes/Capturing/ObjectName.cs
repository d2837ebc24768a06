namespace Waybill.Kubernetes;

/// <summary>An object as a person names it.</summary>
/// <param name="Namespace">The namespace; empty for objects outside of namespaces.</param>
/// <param name="Kind">The kind, its plural or a short name; with its group behind a dot if others have the same name.</param>
/// <param name="Name">The name.</param>
public sealed record ObjectName(string Namespace, string Kind, string Name);
