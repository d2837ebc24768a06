using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>How a provider is checked.</summary>
public sealed record ConformanceOptions
{
    /// <summary>Gets the number that all random choices come from: the same number, the same writes.</summary>
    /// <value>The default is 1.</value>
    public int Seed { get; init; } = 1;

    /// <summary>Gets how many random histories of writes, zeros, growth and snapshots are tried.</summary>
    /// <value>The default is 3.</value>
    public int Histories { get; init; } = 3;

    /// <summary>Gets the size in bytes of the volumes that are made. Of a larger volume, as much is written and compared.</summary>
    /// <value>The default is 4 MiB; at least 1 MiB.</value>
    public long VolumeLength { get; init; } = 4 * 1024 * 1024;

    /// <summary>Gets what the names of all volumes, snapshots and leases that are made begin with.</summary>
    public string NamePrefix { get; init; } = "waybill-kit";

    /// <summary>Gets the storage class that volumes are made in; empty for the platform's choice.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>
    /// Gets volumes whose content MAY BE OVERWRITTEN, for a platform that cannot make volumes; two of the same size let every check run. Not
    /// used if the platform makes its own.
    /// </summary>
    public ImmutableArray<VolumeId> ScratchVolumes { get; init; } = [];

    /// <summary>
    /// Gets what changes some files of a volume that is a tree by the platform's own means, and returns what it changed: the contracts only restore to an empty
    /// tree. Without it, whether changes of files that exist are reported is not checked.
    /// </summary>
    public Func<VolumeId, CancellationToken, ValueTask<ImmutableArray<ChangedFile>>>? EditTree { get; init; }

    /// <summary>Gets how long a snapshot may take until it can be read, and a platform may ask for patience.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets the clock to wait by.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
