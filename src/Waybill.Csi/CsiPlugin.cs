using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>What a CSI plugin is made of: a storage platform, the node it runs on, or both.</summary>
/// <param name="Name">The name of the driver in domain notation, such as <c>csi.example.com</c>, 1 to 63 characters.</param>
/// <param name="Version">The version of the driver, such as <c>1.4.0</c>.</param>
/// <remarks>Which services and capabilities the plugin announces follows from the roles that <see cref="Provider"/> and <see cref="Node"/> implement.</remarks>
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
    public ImmutableSortedDictionary<string, string> NodeTopology { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets where times come from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
