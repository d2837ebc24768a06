namespace Waybill.Csi;

/// <summary>A file system that the node service makes, mounts and grows.</summary>
internal enum FileSystemKind
{
    Ext4,
    Xfs,
    Btrfs,
}
