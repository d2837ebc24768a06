using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>Which claims of a cluster are a platform's volumes, and how snapshots and claims are made.</summary>
public sealed record ClusterVolumeOptions
{
    /// <summary>Gets the name of the provider.</summary>
    /// <value>The default is <c>kubernetes</c>.</value>
    public string Name { get; init; } = "kubernetes";

    /// <summary>Gets the namespaces whose claims are meant; empty for all, which needs the right to list them.</summary>
    public ImmutableArray<string> Namespaces { get; init; } = [];

    /// <summary>Gets the CSI driver whose volumes are meant; empty for all whose data can be reached.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Gets the VolumeSnapshotClass that snapshots are taken with; empty for the driver's default one, or its only one.</summary>
    public string SnapshotClass { get; init; } = "";

    /// <summary>
    /// Gets the VolumeGroupSnapshotClass that snapshots of several claims at once are taken with; empty for the driver's default one, or its only one. A driver
    /// that has none takes them one by one.
    /// </summary>
    public string GroupSnapshotClass { get; init; } = "";

    /// <summary>Gets the service account whose tokens the backup API is called with, as <c>NAMESPACE/NAME</c>; empty for the one this runs as.</summary>
    public string ServiceAccount { get; init; } = "";

    /// <summary>Gets how new claims are used: <c>Block</c> as devices, <c>Filesystem</c> as what is restored to them.</summary>
    /// <value>The default is <c>Block</c>. A request with a parameter <c>volumeMode</c> says it itself.</value>
    public string VolumeMode { get; init; } = "Block";

    /// <summary>Gets how new claims may be used by nodes. A request with a parameter <c>accessMode</c> says it itself.</summary>
    /// <value>The default is <c>ReadWriteOnce</c>.</value>
    public string AccessMode { get; init; } = "ReadWriteOnce";

    /// <summary>Gets how data is moved whose driver does not serve the backup API; <see langword="null"/> if such claims are left out.</summary>
    public MoverOptions? Movers { get; init; }

    /// <summary>Gets how long the cluster may take to do what it was asked for: to take a snapshot, to bind, grow or remove a volume.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Gets how long an error that the cluster reports of a snapshot may stand until it counts. Drivers are asked again after an error, and some pass. So long it
    /// is also waited until anything in the cluster takes up a group of snapshots at all.
    /// </summary>
    /// <value>The default is 15 seconds.</value>
    public TimeSpan ErrorPatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets how long a call to the backup API is repeated without getting any further.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan RetryLimit { get; init; } = TimeSpan.FromMinutes(2);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Name);
        Movers?.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(WaitLimit, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ErrorPatience, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryLimit, TimeSpan.Zero);
        foreach (string one in Namespaces)
        {
            if (!ClusterObjectId.IsName(one))
            {
                throw new ArgumentException($"'{one}' is no namespace.", nameof(Namespaces));
            }
        }
    }
}
