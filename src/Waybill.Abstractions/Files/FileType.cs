namespace Waybill;

/// <summary>What an entry of a file tree is; the numbers are those of the wire.</summary>
public enum FileType
{
    /// <summary>A file with content.</summary>
    Regular = 1,

    /// <summary>A directory.</summary>
    Directory = 2,

    /// <summary>A symbolic link.</summary>
    SymbolicLink = 3,

    /// <summary>A character device.</summary>
    CharacterDevice = 4,

    /// <summary>A block device.</summary>
    BlockDevice = 5,

    /// <summary>A named pipe.</summary>
    Fifo = 6,

    /// <summary>A socket.</summary>
    Socket = 7,
}
