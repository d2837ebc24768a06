namespace Waybill.Catalog;

/// <summary>How much of a bundle is read into the catalog. More is never forgotten when less is read later.</summary>
public enum CatalogDepth
{
    /// <summary>The manifest: whose data, from where and when, tags, volumes, what it builds on. Reads the end of the bundle only.</summary>
    Manifest = 0,

    /// <summary>The definitions besides, Secrets apart: kinds, names and container images.</summary>
    Definitions = 1,

    /// <summary>The names, sizes and times of files besides. Never their content.</summary>
    Files = 2,
}
