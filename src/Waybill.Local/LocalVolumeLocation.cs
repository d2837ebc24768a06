namespace Waybill.Local;

/// <summary>Where a volume of the local platform is.</summary>
/// <param name="Path">An image file, a block device or a directory.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="IsDevice">Whether it is a block device.</param>
public sealed record LocalVolumeLocation(string Path, VolumeKind Kind, bool IsDevice);
