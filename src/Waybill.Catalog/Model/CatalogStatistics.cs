namespace Waybill.Catalog;

/// <summary>How much a catalog knows.</summary>
public sealed record CatalogStatistics
{
    /// <summary>Gets the number of applications.</summary>
    public long Applications { get; init; }

    /// <summary>Gets the number of points, those included whose bundles are gone.</summary>
    public long Points { get; init; }

    /// <summary>Gets the number of points whose bundles are gone.</summary>
    public long GonePoints { get; init; }

    /// <summary>Gets the number of stores.</summary>
    public long Stores { get; init; }

    /// <summary>Gets the number of bundles at their places.</summary>
    public long Copies { get; init; }

    /// <summary>Gets how many bytes those take.</summary>
    public long CopyBytes { get; init; }

    /// <summary>Gets how many of those could not be read.</summary>
    public long UnreadableCopies { get; init; }

    /// <summary>Gets the number of different facts that applications are found by.</summary>
    public long Facts { get; init; }

    /// <summary>Gets the number of names of files.</summary>
    public long Files { get; init; }

    /// <summary>Gets how many points were read without the names of their files.</summary>
    public long PointsWithoutFiles { get; init; }

    /// <summary>Gets when the oldest point was begun; <see langword="null"/> if there is none.</summary>
    public Timestamp? FirstSeen { get; init; }

    /// <summary>Gets when the newest point was begun; <see langword="null"/> if there is none.</summary>
    public Timestamp? LastSeen { get; init; }
}
