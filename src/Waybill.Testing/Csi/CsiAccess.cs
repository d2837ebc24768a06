namespace Waybill.Testing;

/// <summary>How a volume is used on a node.</summary>
public enum CsiAccess
{
    /// <summary>As a directory: the driver makes a file system and mounts it.</summary>
    Mount = 0,

    /// <summary>As a block device.</summary>
    Block = 1,
}
