using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds out whether and how groups of a driver's volumes are taken.</summary>
internal sealed class GroupClasses(ClusterObjects objects, ClusterVolumeOptions options)
{
    private const string IsDefault = "groupsnapshot.storage.kubernetes.io/is-default-class";

    // What is used of the kinds is the same in all of them.
    private static readonly string[] s_versions = ["v1", "v1beta2", "v1beta1"];

    private string _version = "";

    /// <summary>Finds the newest version in which the cluster serves VolumeGroupSnapshots; empty if in none that is known here.</summary>
    public async Task<string> FindVersionAsync(CancellationToken cancellationToken)
    {
        if (_version.Length == 0 && await objects.FindAsync(ClusterPaths.GroupApi, cancellationToken).ConfigureAwait(false) is { } found)
        {
            HashSet<string> served = [.. found.Items("versions").Select(version => version.Text("version"))];
            _version = Array.Find(s_versions, served.Contains) ?? "";
        }

        return _version;
    }

    /// <summary>Chooses how groups of a driver are taken.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/>: the class of the options is none of the driver, or what it makes would never be removed.</exception>
    public async Task<GroupWay> ChooseAsync(string driver, CancellationToken cancellationToken)
    {
        try
        {
            string version = await FindVersionAsync(cancellationToken).ConfigureAwait(false);
            if (version.Length == 0)
            {
                return GroupWay.None("the cluster serves no VolumeGroupSnapshots");
            }

            List<JsonElement> all = await objects.ListAsync(ClusterPaths.GroupSnapshotClasses(version), cancellationToken).ConfigureAwait(false);
            return Choose(version, driver, all.FindAll(one => one.Text("driver") == driver));
        }
        catch (ProviderException error) when (error is { Code: WaybillErrorCode.ObjectNotFound } or { Code: WaybillErrorCode.ClusterRefused, VendorCode: not "Unauthorized" })
        {
            // Whoever may not look for groups takes snapshots one by one, as if there were none.
            return GroupWay.None(error.Message);
        }
    }

    private GroupWay Choose(string version, string driver, List<JsonElement> own)
    {
        if (options.GroupSnapshotClass.Length > 0)
        {
            string why = own.Find(one => Name(one) == options.GroupSnapshotClass) is not { ValueKind: JsonValueKind.Object } named
                ? $"it has no VolumeGroupSnapshotClass '{options.GroupSnapshotClass}'"
                : WhyNot(named);
            return why.Length == 0 ? new GroupWay(version, options.GroupSnapshotClass, "")
                : throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"No group is taken with the driver '{driver}': {why}")
                {
                    ObjectName = driver, Hint = "Name another class in the options of the provider, or none.",
                };
        }

        List<JsonElement> chosen = own.Count <= 1 ? own : own.FindAll(one => one.Member("metadata", "annotations").Text(IsDefault) == "true");
        string reason = own.Count == 0 ? "it has no VolumeGroupSnapshotClass"
            : chosen.Count != 1 ? $"it has {own.Count} VolumeGroupSnapshotClasses, and {chosen.Count} of them are the default"
            : WhyNot(chosen[0]);
        return reason.Length == 0 ? new GroupWay(version, Name(chosen[0]), "") : GroupWay.None(reason);
    }

    private static string WhyNot(JsonElement one) =>
        one.Text("deletionPolicy") == "Delete" ? "" : $"what is taken with the VolumeGroupSnapshotClass '{Name(one)}' is never removed from the storage";

    private static string Name(JsonElement one) => one.Member("metadata").Text("name");
}
