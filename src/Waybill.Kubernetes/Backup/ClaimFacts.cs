using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What matters of a claim.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="VolumeName">The persistent volume it says it is bound to.</param>
/// <param name="Application">The application it is labelled with; empty if it is not.</param>
internal sealed record ClaimFacts(string Namespace, string Name, string Uid, string VolumeName, string Application)
{
    private const string InstanceLabel = "app.kubernetes.io/instance";
    private const string NameLabel = "app.kubernetes.io/name";

    public static ApiResource Kind { get; } = new("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true);

    /// <summary>Reads a claim; null if it is not bound.</summary>
    public static ClaimFacts? Read(JsonElement root)
    {
        JsonElement metadata = root.Member("metadata");
        JsonElement labels = metadata.Member("labels");
        string volume = root.Member("spec").Text("volumeName");
        string instance = labels.Text(InstanceLabel);
        return volume.Length == 0 ? null : new ClaimFacts(
            metadata.Text("namespace"), metadata.Text("name"), metadata.Text("uid"), volume, instance.Length > 0 ? instance : labels.Text(NameLabel));
    }
}
