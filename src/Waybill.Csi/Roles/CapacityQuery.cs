using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>The volumes that room is asked for.</summary>
public sealed record CapacityQuery
{
    /// <summary>Gets what they hold.</summary>
    public VolumeKind Kind { get; init; }

    /// <summary>Gets the storage class, as <see cref="VolumeCreateRequest.StorageClass"/>.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>Gets what they are made with, as <see cref="VolumeCreateRequest.Parameters"/>.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets from where they must be reachable; empty if that does not matter.</summary>
    public ImmutableSortedDictionary<string, string> Place { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
