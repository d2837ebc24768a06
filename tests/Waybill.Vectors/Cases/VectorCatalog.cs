namespace Waybill.Vectors.Cases;

/// <summary>All vectors.</summary>
internal static class VectorCatalog
{
    public static IReadOnlyList<Vector> All { get; } =
    [
        .. GoodVolumes.All,
        .. BrokenFraming.All,
    ];
}
