using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>What a restore does, or did, with one object of a point.</summary>
/// <param name="Source">The object in the point: <c>apps/v1/Deployment/shop/web</c>.</param>
/// <param name="Action">What is done.</param>
public sealed record RestoredObject(string Source, RestoreAction Action)
{
    /// <summary>Gets the object in the cluster.</summary>
    public string Target { get; init; } = "";

    /// <summary>Gets why, where that is not evident.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Gets what of the object is not as in the point, a line each: <c>metadata.namespace: "shop" -> "shop-2"</c>.</summary>
    public ImmutableArray<string> Changes { get; init; } = [];

    /// <summary>Gets in what an existing object differs, a line each, from what it is to what it should be. Values of Secrets are not shown.</summary>
    public ImmutableArray<string> Differences { get; init; } = [];

    /// <summary>Gets why it failed; <see langword="null"/> if it did not.</summary>
    public WaybillException? Problem { get; init; }
}
