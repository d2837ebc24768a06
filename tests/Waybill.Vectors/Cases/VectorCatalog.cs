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
        .. BrokenOrder.All,
        .. BrokenLeaves.All,
        new("broken", "parent", "A full bundle, itself good, that broken ones build on.", ["I-01"], () => VectorBundle.From(GoodChains.Full())),
    ];
}
