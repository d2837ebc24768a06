namespace Waybill.Bundles;

/// <summary>How a file tree is restored.</summary>
public sealed class FileTreeRestoreOptions
{
    /// <summary>Gets or sets the most bytes of files, holes included, that may be restored; a few bytes of bundle can declare exbibytes of zeros.</summary>
    /// <value>The default is no limit but the space of the target.</value>
    public long MaxRestoredBytes { get; set; } = long.MaxValue;

    /// <summary>Gets or sets the files and directories to restore, each with all below it and with the directories it lies in; empty for all.</summary>
    /// <value>The default is empty.</value>
    public IReadOnlyList<FilePath> Only { get; set; } = [];

    /// <summary>Says whether a file is restored.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Whether it is among <see cref="Only"/>, below or above one of them.</returns>
    public bool Includes(FilePath path) => Only.Count == 0 || Only.Any(chosen => chosen == path || path.IsBelow(chosen) || chosen.IsBelow(path));
}
