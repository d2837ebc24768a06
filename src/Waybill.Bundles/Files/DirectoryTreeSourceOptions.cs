namespace Waybill.Bundles;

/// <summary>How a local directory is listed.</summary>
public sealed record DirectoryTreeSourceOptions
{
    /// <summary>Gets whether to go on into other file systems that are mounted inside the tree.</summary>
    /// <value>The default is false: a mount point is recorded as a directory, and what is mounted there as a gap.</value>
    public bool CrossFileSystems { get; init; }
}
