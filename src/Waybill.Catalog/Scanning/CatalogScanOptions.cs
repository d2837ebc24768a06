using Waybill.Bundles;

namespace Waybill.Catalog;

/// <summary>How bundles are read into a catalog.</summary>
public sealed class CatalogScanOptions
{
    /// <summary>Gets or sets how much of each bundle is read.</summary>
    /// <value>The default is <see cref="CatalogDepth.Manifest"/>.</value>
    public CatalogDepth Depth { get; set; }

    /// <summary>Gets or sets limits, and the keys that open encrypted bundles; a key of the scope <see cref="KeyScopes.Metadata"/> suffices for every depth.</summary>
    /// <value>The default is no key.</value>
    public BundleReaderOptions Reader { get; set; } = new();

    /// <summary>Gets or sets how many bundles are read at the same time.</summary>
    /// <value>The default is 4.</value>
    public int Parallel { get; set; } = 4;
}
