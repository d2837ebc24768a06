using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Kubernetes;

/// <summary>An object that was read: its bytes in the spool and what is needed to find its place in the graph.</summary>
internal sealed record ScannedObject(ObjectKey Key, ApiResource Resource)
{
    public required string ApiVersion { get; init; }

    public required string Uid { get; init; }

    public required string ResourceVersion { get; init; }

    public required ImmutableArray<ResourceOwner> Owners { get; init; }

    public required ReadOnlyMemory<byte> Content { get; init; }

    public required List<ObjectReference> References { get; init; }

    /// <summary>Gets the labels of a pod; null for everything else.</summary>
    public IReadOnlyDictionary<string, string>? PodLabels { get; init; }

    /// <summary>Gets which pods it acts on; null if on none by labels.</summary>
    public LabelSelector? PodSelector { get; init; }

    /// <summary>Gets the names of claims that a StatefulSet makes, without their numbers.</summary>
    public ImmutableArray<string> ClaimPrefixes { get; init; } = [];

    /// <summary>Gets whether it is what was asked for, as opposed to what that needs.</summary>
    public bool IsRoot { get; init; }

    /// <summary>Gets <c>apps/v1/Deployment/shop/web</c>.</summary>
    public string Reference => Key.Namespace.Length == 0 ? $"{ApiVersion}/{Key.Kind}/{Key.Name}" : $"{ApiVersion}/{Key.Kind}/{Key.Namespace}/{Key.Name}";
}
