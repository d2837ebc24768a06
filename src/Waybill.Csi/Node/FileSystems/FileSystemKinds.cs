namespace Waybill.Csi;

/// <summary>Names of file systems.</summary>
internal static class FileSystemKinds
{
    /// <summary>Finds a kind by the name that mount(2) and storage classes use.</summary>
    public static FileSystemKind? Find(string name) => name switch
    {
        "ext4" => FileSystemKind.Ext4,
        "xfs" => FileSystemKind.Xfs,
        "btrfs" => FileSystemKind.Btrfs,
        _ => null,
    };

    /// <summary>Gets the name that mount(2) and storage classes use.</summary>
    public static string GetName(this FileSystemKind kind) => kind switch
    {
        FileSystemKind.Ext4 => "ext4",
        FileSystemKind.Xfs => "xfs",
        _ => "btrfs",
    };
}
