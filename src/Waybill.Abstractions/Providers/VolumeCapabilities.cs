namespace Waybill.Providers;

/// <summary>What a platform can do with one volume, as it says when it is asked; recorded in the bundle.</summary>
public sealed record VolumeCapabilities
{
    /// <summary>Gets how it delivers changes.</summary>
    public ChangeShape Shape { get; init; }

    /// <summary>Gets the unit in bytes that changes are reported in; 0 if ranges may have any size.</summary>
    public int Granularity { get; init; }

    /// <summary>Gets how close what it reports is to what changed.</summary>
    public ChangeExactness Exactness { get; init; }

    /// <summary>Gets what a change id of this platform is.</summary>
    public ChangeIdKind ChangeIdKind { get; init; }

    /// <summary>Gets whether the base snapshot must still exist when changes since it are asked for.</summary>
    public bool BaseMustExist { get; init; }

    /// <summary>Gets whether any earlier point can be the base, not only the latest.</summary>
    public bool AnyBase { get; init; }

    /// <summary>Gets whether ranges that became zeros, or were given back, are reported as such.</summary>
    public bool ReportsZeros { get; init; }

    /// <summary>Gets whether <see cref="IChangeSource.GetAllocatedAsync"/> works.</summary>
    public bool ReportsAllocated { get; init; }

    /// <summary>Gets whether snapshots can be taken.</summary>
    public bool Snapshots { get; init; }

    /// <summary>Gets what a snapshot of several volumes at once is worth.</summary>
    public GroupConsistency Groups { get; init; }

    /// <summary>Gets whether the volume can grow while it is used.</summary>
    public bool Grows { get; init; }

    /// <summary>Gets how long a list of changes can be read from before it must be asked for again; <see langword="null"/> if for ever.</summary>
    public TimeSpan? ListLifetime { get; init; }

    /// <summary>Gets how many reads may run at once; 0 if there is no limit.</summary>
    public int MaxConcurrentReads { get; init; }
}
