namespace Waybill.Csi;

/// <summary>A volume on this node.</summary>
/// <param name="Path">A block device such as <c>/dev/loop3</c>, or a directory.</param>
/// <param name="IsDirectory">Whether it is a directory, which is published as it is and never formatted.</param>
public sealed record NodeVolume(string Path, bool IsDirectory = false);
