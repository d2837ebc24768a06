using System.Collections.Immutable;

namespace Waybill.Testing;

/// <summary>Which CSI driver is checked, and how.</summary>
/// <param name="Endpoint">The socket of the driver, such as <c>unix:///run/csi/csi.sock</c>; the controller's, if the node has one of its own.</param>
public sealed record CsiConformanceOptions(string Endpoint)
{
    /// <summary>Gets the socket of the node service, if it is another one.</summary>
    /// <value>Empty by default: both are served at <see cref="Endpoint"/>.</value>
    public string NodeEndpoint { get; init; } = "";

    /// <summary>Gets an existing directory that volumes are published in, as the driver and this process both see it.</summary>
    /// <value>Empty by default: a new directory among the temporary files.</value>
    public string MountDirectory { get; init; } = "";

    /// <summary>Gets an existing directory that volumes are staged in, as the driver and this process both see it.</summary>
    /// <value>Empty by default: a new directory among the temporary files.</value>
    public string StagingDirectory { get; init; } = "";

    /// <summary>Gets the parameters of every volume that is made, as a storage class has them.</summary>
    public ImmutableSortedDictionary<string, string> VolumeParameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets the parameters of every snapshot that is taken.</summary>
    public ImmutableSortedDictionary<string, string> SnapshotParameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets the parameters of every group snapshot that is taken.</summary>
    public ImmutableSortedDictionary<string, string> GroupSnapshotParameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets parameters that can be changed while a volume exists; without them what modifies volumes is checked less.</summary>
    public ImmutableSortedDictionary<string, string> MutableParameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets the secrets that go with every call that takes some.</summary>
    public ImmutableSortedDictionary<string, string> Secrets { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets how volumes are used where a check does not say.</summary>
    /// <value>The default is <see cref="CsiAccess.Mount"/>.</value>
    public CsiAccess Access { get; init; } = CsiAccess.Mount;

    /// <summary>Gets the size of the volumes that are made, in bytes.</summary>
    /// <value>The default is 1 GiB; at least 1 MiB.</value>
    public long VolumeLength { get; init; } = 1L << 30;

    /// <summary>Gets the size that volumes are expanded to, in bytes.</summary>
    /// <value>0, the default, is twice <see cref="VolumeLength"/>.</value>
    public long ExpandedLength { get; init; }

    /// <summary>Gets how often a call that must be idempotent is repeated.</summary>
    /// <value>The default is 10; at least 2.</value>
    public int Repetitions { get; init; } = 10;

    /// <summary>Gets how many calls are made at once where that is checked.</summary>
    /// <value>The default is 8; at least 2.</value>
    public int Concurrency { get; init; } = 8;

    /// <summary>Gets whether as many volumes are published to the node as it says it can have, and one more.</summary>
    /// <value>The default is false: on a platform with real limits that takes long.</value>
    public bool ChecksAttachLimit { get; init; }

    /// <summary>Gets the number that all random choices come from.</summary>
    /// <value>The default is 1.</value>
    public int Seed { get; init; } = 1;

    /// <summary>Gets what the names of all volumes, snapshots and groups that are made begin with, at most 40 bytes.</summary>
    public string NamePrefix { get; init; } = "waybill-csi";

    /// <summary>Gets how long one call may take.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets how long a snapshot may take until it can be used, and a driver until it answers again after a restart.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets what ends the driver at once and starts it anew, at the same socket; without it nothing about restarts is checked.</summary>
    public Func<CancellationToken, Task>? RestartAsync { get; init; }

    /// <summary>Gets the checks to run, by their ids or by what ids begin with, such as <c>csi.metadata</c>; empty for all.</summary>
    public ImmutableArray<string> Only { get; init; } = [];

    /// <summary>Gets checks not to run, by their ids or by what ids begin with.</summary>
    public ImmutableArray<string> Skip { get; init; } = [];

    /// <summary>Gets the clock to wait by.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets what holds writers still while a driver without a kernel below it takes a group snapshot; for the suite's own tests.</summary>
    internal SemaphoreSlim? FreezeGate { get; init; }

    /// <summary>Gets the size that volumes are expanded to.</summary>
    internal long LengthAfterExpansion => ExpandedLength > 0 ? ExpandedLength : VolumeLength * 2;
}
