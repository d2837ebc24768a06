using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>What a CSI plugin is made of: a storage platform, the node it runs on, or both.</summary>
/// <param name="Name">The name of the driver in domain notation, such as <c>csi.example.com</c>, 1 to 63 characters.</param>
/// <param name="Version">The version of the driver, such as <c>1.4.0</c>.</param>
/// <remarks>
/// Which services and capabilities the plugin announces follows from the roles that <see cref="Provider"/> and <see cref="Node"/> implement: those of
/// <c>Waybill.Providers</c> and the optional ones beside this type, such as <see cref="ICapacitySource"/> and <see cref="IVolumePublisher"/>.
/// </remarks>
public sealed record CsiPlugin(string Name, string Version)
{
    /// <summary>Gets the storage platform; <see langword="null"/> for a plugin that only serves a node.</summary>
    public IVolumeProvider? Provider { get; init; }

    /// <summary>Gets what brings volumes to this node; <see langword="null"/> for a plugin that only serves the controller.</summary>
    public INodeVolumes? Node { get; init; }

    /// <summary>Gets the name of this node to the platform, 1 to 256 bytes. Needed with <see cref="Node"/>.</summary>
    public string NodeId { get; init; } = "";

    /// <summary>Gets how many volumes the node can have at most; 0 if there is no limit.</summary>
    public long MaxVolumesPerNode { get; init; }

    /// <summary>Gets where this node is, as domain and value, such as <c>topology.csi.example.com/host</c> and <c>node-1</c>; empty if every node reaches every volume.</summary>
    /// <remarks>If <see cref="Provider"/> does not implement <see cref="IVolumeTopology"/>, its volumes are reachable from here and from nowhere else.</remarks>
    public ImmutableSortedDictionary<string, string> NodeTopology { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets what is not offered although the provider could.</summary>
    public CsiFeatures Without { get; init; }

    /// <summary>Gets in which ways several nodes can use one volume.</summary>
    /// <value>The default is <see cref="MultiNodeAccess.None"/>. Volumes of blocks with a file system in them are never written from several nodes.</value>
    public MultiNodeAccess MultiNode { get; init; }

    /// <summary>Gets what is made for a volume that will be mounted.</summary>
    /// <value>The default is <see cref="VolumeKind.Block"/>: blocks that the node makes a file system in.</value>
    public VolumeKind MountedKind { get; init; }

    /// <summary>Gets the size in bytes of a volume that is asked for without a size.</summary>
    /// <value>The default is 1 GiB.</value>
    public long DefaultVolumeLength { get; init; } = 1L << 30;

    /// <summary>Gets the size in bytes above which no volume is made.</summary>
    /// <value>The default is 64 TiB.</value>
    public long MaxVolumeLength { get; init; } = 1L << 46;

    /// <summary>Gets the unit in bytes that sizes are rounded up to.</summary>
    /// <value>The default is 4 KiB.</value>
    public int VolumeUnit { get; init; } = 4096;

    /// <summary>
    /// Gets whether allocated and changed blocks are listed one by one, all of one length, where the platform reports in units of which the volume is made up.
    /// </summary>
    /// <value>The default is <see langword="false"/>: ranges of any length, which is shorter.</value>
    public bool FixedLengthMetadata { get; init; }

    /// <summary>Gets where times come from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
