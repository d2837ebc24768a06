using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What is read of a VolumeSnapshotContent: which driver has the snapshot, and of which of its volumes.</summary>
internal sealed record SnapshotContentObject(string Name, string Driver, VolumeId Volume)
{
    /// <summary>Gets the driver's own name of the snapshot; empty as long as it is not taken.</summary>
    public string Handle { get; init; } = "";

    /// <summary>Reads that of a VolumeSnapshot; null if it is another one's, or does not say of which volume it is.</summary>
    public static SnapshotContentObject? From(JsonElement node, SnapshotObject of) =>
        node.Member("spec", "volumeSnapshotRef").Text("uid") == of.Uid && VolumeId.TryParse(node.Member("spec", "source").Text("volumeHandle"), null, out VolumeId volume)
            ? new SnapshotContentObject(node.Member("metadata").Text("name"), node.Member("spec").Text("driver"), volume) { Handle = node.Member("status").Text("snapshotHandle") }
            : null;
}
