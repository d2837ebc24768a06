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
        .. GoodSealing.All,
        .. BrokenEnvelopes.All,
        .. BrokenSeals.All,
        .. GoodSignatures.All,
        .. BrokenSignatures.All,
        .. BrokenFraming.All,
        .. BrokenOrder.All,
        .. BrokenLeaves.All,
        .. BrokenIndex.All,
        .. BrokenCodecs.All,
        .. BrokenManifest.All,
        .. BrokenLayout.All,
        .. BrokenChains.All,
        .. BrokenEntries.All,
        .. BrokenLimits.All,
    ];
}
