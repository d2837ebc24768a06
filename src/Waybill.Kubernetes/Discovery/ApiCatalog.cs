using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>What a cluster serves.</summary>
/// <param name="All">The kinds by their preferred versions, in the order in which the cluster names them.</param>
/// <param name="Gaps">The groups of which the cluster could not say what they hold.</param>
internal sealed record ApiCatalog(ImmutableArray<ApiResource> All, ImmutableArray<CaptureGap> Gaps)
{
    /// <summary>Finds a kind by what an object says of itself, in whatever version.</summary>
    public ApiResource? Find(string apiVersion, string kind) => FindInGroup(GroupOf(apiVersion), kind);

    public ApiResource? FindInGroup(string group, string kind) => All.FirstOrDefault(resource => resource.Group == group && resource.Kind == kind);

    /// <summary>Finds a kind by a word that a person writes: kind, plural, singular, short name, or <c>plural.group</c>.</summary>
    public ApiResource? FindWord(string word)
    {
        string lower = word.ToLowerInvariant();
        return All.FirstOrDefault(resource => resource.Key == lower || $"{resource.Kind.ToLowerInvariant()}.{resource.Group}" == lower)
            ?? All.FirstOrDefault(resource => resource.Plural == lower || resource.Kind.Equals(lower, StringComparison.OrdinalIgnoreCase) || resource.ShortNames.Contains(lower));
    }

    public static string GroupOf(string apiVersion) => apiVersion.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? apiVersion[..slash] : "";
}
