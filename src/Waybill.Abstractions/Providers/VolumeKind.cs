namespace Waybill.Providers;

/// <summary>What a volume holds, as far as reading it is concerned.</summary>
public enum VolumeKind
{
    /// <summary>Blocks: <see cref="IVolumeProvider"/> opens it at offsets.</summary>
    Block = 0,

    /// <summary>A tree of files: <see cref="IFileTreeProvider"/> opens it.</summary>
    FileTree = 1,
}
