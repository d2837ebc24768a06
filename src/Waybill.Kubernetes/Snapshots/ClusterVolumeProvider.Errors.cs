namespace Waybill.Kubernetes;

/// <content>Errors that several roles report.</content>
public sealed partial class ClusterVolumeProvider
{
    private ProviderException VolumeNotFound(VolumeId volume) =>
        new(WaybillErrorCode.VolumeNotFound, Name, "There is no such claim that is bound to a volume of a CSI driver") { ObjectName = volume.ToString() };

    private ProviderException SnapshotNotFound(SnapshotId snapshot) =>
        new(WaybillErrorCode.SnapshotNotFound, Name, "There is no such VolumeSnapshot") { ObjectName = snapshot.ToString() };

    private ProviderException InUse(VolumeId volume, string why) => new(WaybillErrorCode.ProviderBusy, Name, $"The volume is in use: {why}")
    {
        ObjectName = volume.ToString(), IsTransient = true, Hint = "Stop what uses it.",
    };

    private ProviderException NotReady(SnapshotObject snapshot) => new(WaybillErrorCode.ProviderBusy, Name, $"The snapshot cannot be read yet{Said(snapshot.Error)}")
    {
        ObjectName = snapshot.FullName, IsTransient = true,
    };

    private ProviderException Late(string what, string name, string hint, string error = "") =>
        new(WaybillErrorCode.ProviderBusy, Name, $"The cluster did not {what} within {_options.WaitLimit}{Said(error)}") { ObjectName = name, IsTransient = true, Hint = hint };

    private ProviderException Unsupported(string name, string message, string? hint = null) =>
        new(WaybillErrorCode.ProviderUnsupported, Name, message) { ObjectName = name, Hint = hint };

    private ProviderException Refused(string what, string why, string? hint = null) => new(WaybillErrorCode.GroupRefused, Name, why) { ObjectName = what, Hint = hint };

    private ProviderException GroupConflict(string name) =>
        new(WaybillErrorCode.SnapshotConflict, Name, "There is a group of that name that has other volumes, or lost some of its snapshots") { ObjectName = name };

    private static string Said(string error) => error.Length == 0 ? "" : $"; it says: {error}";
}
