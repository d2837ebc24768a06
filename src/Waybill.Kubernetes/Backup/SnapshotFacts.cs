using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What matters of a VolumeSnapshot.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Content">The name of the content it says it is bound to.</param>
internal sealed record SnapshotFacts(string Namespace, string Name, string Uid, string Content)
{
    public static ApiResource Kind { get; } = new("snapshot.storage.k8s.io", "v1", "VolumeSnapshot", "volumesnapshots", true);

    /// <summary>Gets the claim it was taken of; empty if it was not made by a cluster that says.</summary>
    public string Claim { get; init; } = "";

    /// <summary>Gets whether it can be used.</summary>
    public bool IsReady { get; init; }

    /// <summary>Reads a VolumeSnapshot; null if it is bound to nothing.</summary>
    public static SnapshotFacts? Read(JsonElement root)
    {
        JsonElement metadata = root.Member("metadata");
        JsonElement status = root.Member("status");
        string content = status.Text("boundVolumeSnapshotContentName");
        return content.Length == 0 ? null : new SnapshotFacts(metadata.Text("namespace"), metadata.Text("name"), metadata.Text("uid"), content)
        {
            Claim = root.Member("spec", "source").Text("persistentVolumeClaimName"),
            IsReady = status.IsTrue("readyToUse"),
        };
    }
}
