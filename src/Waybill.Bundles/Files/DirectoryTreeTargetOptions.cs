namespace Waybill.Bundles;

/// <summary>How a local directory tree is restored.</summary>
public sealed class DirectoryTreeTargetOptions
{
    /// <summary>Gets or sets whether owners are looked up by name first, for a machine with other numbers.</summary>
    /// <value>The default is <see langword="false"/>: by number.</value>
    public bool OwnersByName { get; set; }
}
