namespace Waybill.Kubernetes;

/// <summary>A change to objects on their way, as JSON patch (RFC 6902).</summary>
/// <param name="Operations">The operations: a JSON array.</param>
public sealed record ObjectPatch(string Operations)
{
    /// <summary>Gets the kind it is for; empty for every kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Gets the group of the kind; empty for every group. The core group is <c>core</c>.</summary>
    public string Group { get; init; } = "";

    /// <summary>Gets the name it is for, as in the point; <c>*</c> at the end stands for anything. Empty for every name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the namespace it is for, as in the point; empty for every namespace.</summary>
    public string Namespace { get; init; } = "";

    internal bool IsFor(ObjectKey key) =>
        (Kind.Length == 0 || Kind == key.Kind)
        && (Group.Length == 0 || Group == key.Group || (Group == "core" && key.Group.Length == 0))
        && (Namespace.Length == 0 || Namespace == key.Namespace)
        && (Name.Length == 0 || (Name[^1] == '*' ? key.Name.StartsWith(Name[..^1], StringComparison.Ordinal) : Name == key.Name));
}
