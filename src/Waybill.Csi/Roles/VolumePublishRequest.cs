using System.Collections.Immutable;

namespace Waybill.Csi;

/// <summary>A volume to make reachable from a node.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="NodeId">The node, as its plugin names it: <see cref="CsiPlugin.NodeId"/>.</param>
public sealed record VolumePublishRequest(VolumeId Volume, string NodeId)
{
    /// <summary>Gets whether the node will only read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Gets whether it will be mounted, and not used as a block device.</summary>
    public bool IsMounted { get; init; }

    /// <summary>Gets whether other nodes may have it at the same time.</summary>
    public bool IsShared { get; init; }

    /// <summary>Gets what was said of the volume when it was made.</summary>
    public ImmutableSortedDictionary<string, string> VolumeContext { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets secrets for this call; never to be logged or kept.</summary>
    public ImmutableSortedDictionary<string, string> Secrets { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Says which volume goes where, and nothing of the secrets.</summary>
    /// <returns>The volume and the node.</returns>
    public override string ToString() => $"{Volume} on {NodeId}";
}
