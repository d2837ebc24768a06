namespace Waybill.Csi;

/// <summary>What a device holds.</summary>
/// <param name="State">What is known of it.</param>
/// <param name="Name">What was recognised, such as <c>xfs</c> or <c>a LUKS container</c>; empty if nothing.</param>
internal sealed record DeviceContent(DeviceState State, string Name = "")
{
    /// <summary>Gets the file system, if it is one that can be mounted.</summary>
    public FileSystemKind? FileSystem => State == DeviceState.FileSystem ? FileSystemKinds.Find(Name) : null;
}
