namespace Waybill.Bundles;

/// <summary>How a file tree is restored.</summary>
public sealed class FileTreeRestoreOptions
{
    /// <summary>Gets or sets the most bytes of files, holes included, that may be restored; a few bytes of bundle can declare exbibytes of zeros.</summary>
    /// <value>The default is no limit but the space of the target.</value>
    public long MaxRestoredBytes { get; set; } = long.MaxValue;
}
