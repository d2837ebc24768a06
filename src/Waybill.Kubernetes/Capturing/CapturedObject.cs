using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Kubernetes;

/// <summary>An object of an application.</summary>
/// <param name="Resource">The object as a bundle keeps it. Its content is valid until the capture is disposed.</param>
public sealed record CapturedObject(ResourceObject Resource)
{
    /// <summary>Gets the name of the resource over all groups, such as <c>deployments.apps</c>.</summary>
    public required string ResourceName { get; init; }

    /// <summary>Gets the API versions in which the cluster serves the kind, the preferred one first.</summary>
    public required ImmutableArray<string> ServedVersions { get; init; }

    /// <summary>Gets whether it is what was asked for, as opposed to what belongs to that or is needed by it.</summary>
    public bool WasAskedFor { get; init; }

    /// <summary>Gets the name of the object in texts: <c>apps/v1/Deployment/shop/web</c>.</summary>
    public string Reference => Resource.Namespace.Length == 0
        ? $"{Resource.ApiVersion}/{Resource.Kind}/{Resource.Name}"
        : $"{Resource.ApiVersion}/{Resource.Kind}/{Resource.Namespace}/{Resource.Name}";
}
