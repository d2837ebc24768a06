namespace Waybill.Engine;

/// <summary>The rules an application's points are made by.</summary>
public sealed record ProtectPolicy
{
    /// <summary>Gets the least consistency a point may have; a run that does not reach it makes none.</summary>
    /// <value>The default is <see cref="ConsistencyLevel.Crash"/>.</value>
    public ConsistencyLevel MinimumConsistency { get; init; } = ConsistencyLevel.Crash;

    /// <summary>Gets whether the volumes must be consistent with each other in the order of writes.</summary>
    public bool RequireWriteOrder { get; init; }

    /// <summary>Gets whether a run goes on, with less consistency, if the application cannot be held still.</summary>
    public bool QuiesceOptional { get; init; }

    /// <summary>Gets after what time an application that is held still goes on by itself.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan QuiesceDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets which share of what the platform calls unchanged is compared with the parent, 0 to 1.</summary>
    /// <value>The default is 0.01.</value>
    public double SelfCheckShare { get; init; } = 0.01;

    /// <summary>Gets after how many points that trusted the platform one reads and compares everything; 0 for never.</summary>
    /// <value>The default is 30.</value>
    public int CompareEvery { get; init; } = 30;

    /// <summary>Gets whether a bundle is read back and verified before it is committed.</summary>
    /// <value>The default is true.</value>
    public bool Verify { get; init; } = true;

    /// <summary>Gets how many volumes are read at once, 1 or more.</summary>
    /// <value>The default is 4.</value>
    public int ParallelVolumes { get; init; } = 4;

    /// <summary>Gets how long a run waits for a platform that asks to come back later, in all.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan RetryLimit { get; init; } = TimeSpan.FromMinutes(5);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SelfCheckShare, 0, nameof(SelfCheckShare));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SelfCheckShare, 1, nameof(SelfCheckShare));
        ArgumentOutOfRangeException.ThrowIfNegative(CompareEvery);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ParallelVolumes);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(QuiesceDeadline, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryLimit, TimeSpan.Zero);
    }
}
