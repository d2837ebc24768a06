namespace Waybill.Catalog;

/// <summary>Something orphaned.</summary>
/// <param name="Kind">In what way.</param>
/// <param name="Name">What: a bundle's place, a point, a volume, a snapshot, an application.</param>
public sealed record CatalogOrphan(OrphanKind Kind, string Name)
{
    /// <summary>Gets the application concerned; <see langword="null"/> if that is not known.</summary>
    public CatalogApplication? Application { get; init; }

    /// <summary>Gets the bundle concerned; the default value if none is, or its id is not known.</summary>
    public BundleId Bundle { get; init; }

    /// <summary>Gets the bundle that is missing; the default value if none is.</summary>
    public BundleId Missing { get; init; }

    /// <summary>Gets the time that matters: when the point was begun, the snapshot taken, the application seen last.</summary>
    public Timestamp? Time { get; init; }

    /// <summary>Gets the code of why a bundle cannot be read.</summary>
    public WaybillErrorCode? Problem { get; init; }

    /// <summary>Gets more that is known, for people.</summary>
    public string Note { get; init; } = "";
}
