using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>A kind that a cluster serves, by its preferred version.</summary>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Version">The version used.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Plural">Its name in paths.</param>
/// <param name="IsNamespaced">Whether its objects lie in namespaces.</param>
internal sealed record ApiResource(string Group, string Version, string Kind, string Plural, bool IsNamespaced)
{
    /// <summary>Gets the versions in which the cluster serves the kind, the preferred one first.</summary>
    public ImmutableArray<string> ServedVersions { get; init; } = [];

    public ImmutableArray<string> ShortNames { get; init; } = [];

    public ImmutableArray<string> Verbs { get; init; } = [];

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Gets the name of the resource over all groups, such as <c>deployments.apps</c>.</summary>
    public string Key => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public bool CanList => Verbs.Contains("list") && Verbs.Contains("get");

    /// <summary>Gets the path of the objects of a namespace, or of all if it is empty.</summary>
    public string PathOf(string namespaceName)
    {
        string root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        return IsNamespaced && namespaceName.Length > 0 ? $"{root}/namespaces/{Uri.EscapeDataString(namespaceName)}/{Plural}" : $"{root}/{Plural}";
    }

    public string PathOf(string namespaceName, string name) => $"{PathOf(namespaceName)}/{Uri.EscapeDataString(name)}";
}
