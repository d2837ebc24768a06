using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>A volume of an application.</summary>
/// <param name="Name">The name of its stream in the bundle, the same in every point.</param>
/// <param name="Provider">The platform it lives on.</param>
/// <param name="Volume">Its name there.</param>
public sealed record ProtectedVolume(string Name, string Provider, VolumeId Volume)
{
    /// <summary>Gets how its changes are found.</summary>
    public ChangePolicy Changes { get; init; }

    /// <summary>Gets what is known of it beside what the platform says.</summary>
    public VolumeFacts Facts { get; init; } = new();
}
