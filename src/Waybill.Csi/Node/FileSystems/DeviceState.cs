namespace Waybill.Csi;

/// <summary>What is known of the content of a device.</summary>
internal enum DeviceState
{
    /// <summary>Zeros and nothing else: the only state in which a file system is made.</summary>
    Blank,

    /// <summary>What an interrupted <see cref="FileSystemMaker"/> left, and nobody's data.</summary>
    Unfinished,

    /// <summary>A file system that the node service knows.</summary>
    FileSystem,

    /// <summary>Anything else: never written to.</summary>
    Foreign,
}
