using Waybill.Engine;

namespace Waybill.Cli.Json;

/// <summary>A volume that was restored, or would be.</summary>
/// <param name="Name">The name in the bundle.</param>
/// <param name="Provider">The platform it goes to.</param>
/// <param name="Volume">The volume there; null if it would be made.</param>
/// <param name="VolumeName">The name of the volume that is made; null if it exists before.</param>
/// <param name="Verified">Whether it was read back and compared.</param>
/// <param name="Problems">What of a tree of files could not be restored as it was.</param>
internal sealed record RestoredVolumeJson(string Name, string Provider, string? Volume, string? VolumeName, bool Verified, RestoreProblemJson[] Problems)
{
    public static RestoredVolumeJson Of(PlannedRestore planned) =>
        new(planned.Item.Volume, planned.Provider, planned.Volume.IsDefault ? null : planned.Volume.ToString(), NewName(planned.Item), false, []);

    public static RestoredVolumeJson Of(RestoredVolume restored) => new(
        restored.Item.Volume,
        restored.Item.Target switch
        {
            RestoreTarget.NewVolume target => target.Provider,
            RestoreTarget.ExistingVolume target => target.Provider,
            _ => "",
        },
        restored.Volume.ToString(),
        NewName(restored.Item),
        restored.IsVerified,
        [.. restored.Problems.Select(RestoreProblemJson.Of)]);

    private static string? NewName(RestoreItem item) => (item.Target as RestoreTarget.NewVolume)?.Name;
}
