using System.Collections.Immutable;

namespace Waybill.Kubernetes.ApiServer.Kinds;

/// <summary>A kind of object that the server keeps, in one API group.</summary>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Plural">The name in paths.</param>
/// <param name="Name">The kind, such as <c>Deployment</c>.</param>
/// <param name="IsNamespaced">Whether objects lie in namespaces.</param>
public sealed record ResourceKind(string Group, string Plural, string Name, bool IsNamespaced)
{
    /// <summary>Gets the versions served, the preferred one first.</summary>
    public ImmutableArray<string> Versions { get; init; } = ["v1"];

    public ImmutableArray<string> ShortNames { get; init; } = [];

    /// <summary>Gets whether status is written through a subresource of its own.</summary>
    public bool HasStatus { get; init; }

    /// <summary>Gets whether the kind is compiled into a server: then items of lists do not repeat their kind.</summary>
    public bool IsBuiltIn { get; init; } = true;

    /// <summary>Gets what can be done with it.</summary>
    public ImmutableArray<string> Verbs { get; init; } = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>Gets the name of the resource over all groups: <c>deployments.apps</c>.</summary>
    public string Key => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public string Singular => Name.ToLowerInvariant();

    public string ApiVersion(string version) => Group.Length == 0 ? version : $"{Group}/{version}";
}
