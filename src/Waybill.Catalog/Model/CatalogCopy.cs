namespace Waybill.Catalog;

/// <summary>A bundle at one place.</summary>
/// <param name="Store">The store: a directory, or what a store calls itself.</param>
/// <param name="Name">The name of the bundle in it.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="State">Whether it could be read.</param>
public sealed record CatalogCopy(string Store, string Name, long Length, CopyState State)
{
    /// <summary>Gets the identity of the bundle; the default value if not even that could be read.</summary>
    public BundleId Bundle { get; init; }

    /// <summary>Gets the code of why it could not be read; <see langword="null"/> if it could.</summary>
    public WaybillErrorCode? Problem { get; init; }

    /// <summary>Gets what an encrypted bundle shows without a key, as <c>key=value</c>, not proved; empty for all others.</summary>
    public string PublicTags { get; init; } = "";

    /// <summary>Gets when a scan found that it is no longer there; <see langword="null"/> while it is.</summary>
    public Timestamp? Gone { get; init; }

    /// <summary>Gets whether the bundle is there and could be read.</summary>
    public bool IsUsable => State == CopyState.Readable && Gone is null;
}
