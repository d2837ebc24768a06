using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Chooses the class that snapshots of a driver are taken with.</summary>
internal sealed class SnapshotClasses(ClusterObjects objects, ClusterVolumeOptions options)
{
    private const string IsDefault = "snapshot.storage.kubernetes.io/is-default-class";

    /// <summary>Chooses one; empty if the driver has none.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/>: it is not clear which, or what it makes would never be removed.</exception>
    public async Task<string> ChooseAsync(string driver, CancellationToken cancellationToken)
    {
        List<JsonElement> all = await objects.ListAsync(ClusterPaths.SnapshotClasses, cancellationToken).ConfigureAwait(false);
        List<JsonElement> own = all.FindAll(one => one.Text("driver") == driver);
        JsonElement[] chosen = options.SnapshotClass.Length > 0 ? [.. own.Where(one => Name(one) == options.SnapshotClass)]
            : own.Count <= 1 ? [.. own]
            : [.. own.Where(one => one.Member("metadata", "annotations").Text(IsDefault) == "true")];
        if (chosen.Length != 1)
        {
            return own.Count == 0 && options.SnapshotClass.Length == 0 ? "" : throw Invalid(
                driver,
                options.SnapshotClass.Length > 0 ? $"it has no VolumeSnapshotClass '{options.SnapshotClass}'" : $"it has {own.Count} VolumeSnapshotClasses, and {chosen.Length} of them are the default",
                "Name the class in the options of the provider.");
        }

        return chosen[0].Text("deletionPolicy") == "Delete" ? Name(chosen[0])
            : throw Invalid(driver, $"what is taken with the VolumeSnapshotClass '{Name(chosen[0])}' is never removed from the storage", "Use a class whose deletionPolicy is Delete.");
    }

    private static string Name(JsonElement one) => one.Member("metadata").Text("name");

    private static WaybillException Invalid(string driver, string why, string hint) =>
        new(WaybillErrorCode.ConfigurationInvalid, $"No snapshot is taken with the driver '{driver}': {why}") { ObjectName = driver, Hint = hint };
}
