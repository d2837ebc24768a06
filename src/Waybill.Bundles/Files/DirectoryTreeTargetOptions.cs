namespace Waybill.Bundles;

/// <summary>How a local directory tree is restored.</summary>
public sealed class DirectoryTreeTargetOptions
{
    /// <summary>Gets or sets whether owners are looked up by name first, for a machine with other numbers.</summary>
    /// <value>The default is <see langword="false"/>: by number.</value>
    public bool OwnersByName { get; set; }

    /// <summary>Gets or sets whether everything is on the disk when the tree is complete; a power cut can lose it otherwise.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Durable { get; set; } = true;

    /// <summary>Gets or sets whether what the directory holds is removed first; else a directory that holds something is refused.</summary>
    public bool Replaces { get; set; }
}
