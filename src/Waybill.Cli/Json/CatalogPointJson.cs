using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>A point of a catalog.</summary>
internal sealed record CatalogPointJson(
    string Bundle,
    string ManifestDigest,
    string Created,
    string Name,
    OriginJson Origin,
    string Lineage,
    long Generation,
    string? Parent,
    string Consistency,
    bool Encrypted,
    string Depth,
    string Chain,
    string? ChainProblem,
    string? Clock,
    CatalogStreamJson[] Streams,
    CatalogCopyJson[] Copies)
{
    public static CatalogPointJson Of(CatalogPoint point) => new(
        point.Bundle.ToString(),
        point.ManifestDigest.ToString(),
        point.Created.ToString(),
        point.Application.Name,
        OriginJson.Of(point.Application.Origin),
        point.Lineage.Id.ToString(),
        point.Lineage.Generation,
        point.Parent?.Id.ToString(),
        JsonText.Of(point.Consistency),
        point.IsEncrypted,
        JsonText.Of(point.Depth),
        JsonText.Of(point.Chain),
        point.ChainProblem?.ToString(),
        point.Clock switch { ClockDoubt.Future => "future", ClockDoubt.BeforeParent => "before-parent", _ => null },
        [.. point.Streams.Select(CatalogStreamJson.Of)],
        [.. point.Copies.Select(CatalogCopyJson.Of)]);
}
