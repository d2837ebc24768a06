namespace Waybill.Samples.FileShare;

/// <summary>A share of any protocol that the system has mounted, or a directory of one. Linux only.</summary>
/// <param name="Id">The name of the volume.</param>
/// <param name="Path">Where it is mounted.</param>
public sealed record MountedVolume(VolumeId Id, string Path) : ShareVolume(Id)
{
    internal override string Protocol => "mounted";
}
