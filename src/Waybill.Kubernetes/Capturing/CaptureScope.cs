using System.Collections.Immutable;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Where an application is looked for, and what of that was asked for.</summary>
/// <param name="Name">The name people use.</param>
/// <param name="Namespaces">The namespaces that are read.</param>
/// <param name="IsRoot">Says of an object of a kind whether it was asked for.</param>
internal sealed record CaptureScope(string Name, ImmutableArray<string> Namespaces, Func<ApiResource, JsonElement, bool> IsRoot)
{
    /// <summary>Gets whether the namespaces themselves were asked for.</summary>
    public bool IncludesNamespaces { get; init; }

    /// <summary>Gets objects that were asked for and lie outside of the namespaces.</summary>
    public ImmutableArray<ObjectKey> Outside { get; init; } = [];
}
