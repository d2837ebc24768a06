using System.Collections.Immutable;

namespace Waybill.Csi;

/// <summary>A volume to bring to this node.</summary>
/// <param name="Volume">The volume.</param>
public sealed record NodeAttachRequest(VolumeId Volume)
{
    /// <summary>Gets whether nothing will be written to it from this node, and other nodes may have it at the same time.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Gets what the controller said when it published the volume to this node.</summary>
    public ImmutableSortedDictionary<string, string> PublishContext { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets what the controller said when the volume was made.</summary>
    public ImmutableSortedDictionary<string, string> VolumeContext { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets secrets for this call; never to be logged or kept.</summary>
    public ImmutableSortedDictionary<string, string> Secrets { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Says which volume it is, and nothing of the secrets.</summary>
    /// <returns>The volume.</returns>
    public override string ToString() => Volume.ToString();
}
