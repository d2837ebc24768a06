using System.Text.Json.Serialization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>What <c>catalog stats --json</c> prints.</summary>
internal sealed record CatalogStatsJson(
    string Catalog,
    long Applications,
    long Points,
    long GonePoints,
    long PointsWithoutFiles,
    long Stores,
    long Copies,
    long CopyBytes,
    long UnreadableCopies,
    long Facts,
    long Files,
    string? FirstSeen,
    string? LastSeen)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.catalog.stats.v1";

    public static CatalogStatsJson Of(BundleCatalog catalog, CatalogStatistics counts) => new(
        catalog.Name,
        counts.Applications,
        counts.Points,
        counts.GonePoints,
        counts.PointsWithoutFiles,
        counts.Stores,
        counts.Copies,
        counts.CopyBytes,
        counts.UnreadableCopies,
        counts.Facts,
        counts.Files,
        counts.FirstSeen?.ToString(),
        counts.LastSeen?.ToString());
}
