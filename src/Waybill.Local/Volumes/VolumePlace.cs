namespace Waybill.Local;

/// <summary>Where a volume is: in the pool, or attached.</summary>
/// <param name="Id">The id of the volume.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Path">The image, device or directory.</param>
/// <param name="Record">What the pool records of it; null for an attached volume.</param>
/// <param name="IsDevice">Whether it is a block device.</param>
internal sealed record VolumePlace(VolumeId Id, VolumeKind Kind, string Path, VolumeRecord? Record, bool IsDevice);
