using System.Collections.Immutable;
using Waybill.Csi.Wire;

namespace Waybill.Csi;

/// <summary>Reads the places a volume must be reachable from.</summary>
internal static class WirePlaces
{
    public static ImmutableSortedDictionary<string, string> Read(Topology place) => place.Segments.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Lists what is allowed, the preferred places first and each once.</summary>
    public static ImmutableArray<ImmutableSortedDictionary<string, string>> List(TopologyRequirement? requirement)
    {
        var result = new List<ImmutableSortedDictionary<string, string>>();
        IEnumerable<Topology> all = requirement is null ? [] : requirement.Preferred.Concat(requirement.Requisite);
        foreach (ImmutableSortedDictionary<string, string> place in all.Select(Read))
        {
            if (!result.Exists(known => known.SequenceEqual(place)))
            {
                result.Add(place);
            }
        }

        return [.. result];
    }

    /// <summary>Says whether one place is part of another: every domain that both name has the same value, and none of the wider one is left open.</summary>
    public static bool IsWithin(ImmutableSortedDictionary<string, string> place, ImmutableSortedDictionary<string, string> wider) =>
        wider.All(segment => place.TryGetValue(segment.Key, out string? value) && value == segment.Value);
}
