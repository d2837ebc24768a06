namespace Waybill.Csi;

/// <summary>How much room there is for new volumes.</summary>
/// <param name="AvailableBytes">The room in bytes, 0 or more.</param>
public sealed record CapacityReport(long AvailableBytes)
{
    /// <summary>Gets the size in bytes of the largest volume that can be made; <see langword="null"/> if it is not known.</summary>
    public long? MaxVolumeBytes { get; init; }

    /// <summary>Gets the size in bytes of the smallest volume that can be made; <see langword="null"/> if it is not known.</summary>
    public long? MinVolumeBytes { get; init; }
}
