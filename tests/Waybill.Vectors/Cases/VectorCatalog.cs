namespace Waybill.Vectors.Cases;

/// <summary>All vectors.</summary>
internal static class VectorCatalog
{
    public static IReadOnlyList<Vector> All { get; } =
    [
        .. GoodVolumes.All,
        .. GoodIndex.All,
        .. GoodCodecs.All,
        .. GoodChains.All,
        .. GoodRecords.All,
        .. GoodManifest.All,
        .. GoodEntries.All,
        .. BrokenFraming.All,
    ];
}
