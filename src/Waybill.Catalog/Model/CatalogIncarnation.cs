using System.Collections.Immutable;

namespace Waybill.Catalog;

/// <summary>One life of an application at one place: a cluster, a namespace, an owning object with its UID.</summary>
/// <param name="Origin">The place. The host is empty: an application moves between the hosts of one place.</param>
/// <param name="FirstSeen">When the oldest point from there was begun.</param>
/// <param name="LastSeen">When the newest point from there was begun.</param>
/// <param name="Points">How many points there are from there.</param>
public sealed record CatalogIncarnation(Origin Origin, Timestamp FirstSeen, Timestamp LastSeen, int Points)
{
    /// <summary>Gets the names it had there, in the order of their first use.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Gets the hosts it ran on, in the order of their first use.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];
}
