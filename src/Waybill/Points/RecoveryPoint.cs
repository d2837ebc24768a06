using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>A point in a store.</summary>
/// <param name="BundleName">The bundle's name in the store.</param>
/// <param name="BundleLength">Its size in bytes.</param>
/// <param name="Id">Its identity.</param>
public sealed record RecoveryPoint(string BundleName, long BundleLength, BundleId Id)
{
    /// <summary>Gets what the bundle says of itself; <see langword="null"/> if it cannot be read.</summary>
    public BundleManifest? Manifest { get; init; }

    /// <summary>Gets why it cannot be read; <see langword="null"/> if it can.</summary>
    public WaybillException? Problem { get; init; }
}
