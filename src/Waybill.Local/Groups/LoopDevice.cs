namespace Waybill.Local;

/// <summary>A loop device.</summary>
/// <param name="Path">Such as <c>/dev/loop0</c>.</param>
/// <param name="Number">Major and minor number as the mount table writes them, such as <c>7:0</c>.</param>
internal sealed record LoopDevice(string Path, string Number);
