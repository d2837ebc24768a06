using Waybill.Csi.Wire;

namespace Waybill.Testing;

/// <summary>A volume and where it is, or is to be, on this machine.</summary>
/// <param name="volume">The volume.</param>
/// <param name="capability">How it is used.</param>
/// <param name="target">Where it is published.</param>
/// <param name="staging">Where it is staged; empty if the node does not stage.</param>
internal sealed class CsiPlace(Volume volume, VolumeCapability capability, string target, string staging)
{
    public Volume Volume { get; } = volume;

    public VolumeCapability Capability { get; } = capability;

    public string Target { get; } = target;

    public string Staging { get; } = staging;

    /// <summary>Gets or sets what the controller said for the node.</summary>
    public IDictionary<string, string> PublishContext { get; set; } = new Dictionary<string, string>();
}
