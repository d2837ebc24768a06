using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What matters of a VolumeSnapshotContent.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SnapshotNamespace">The namespace of the VolumeSnapshot it belongs to.</param>
/// <param name="SnapshotName">The name of that VolumeSnapshot.</param>
/// <param name="SnapshotUid">The UID of that VolumeSnapshot.</param>
internal sealed record ContentFacts(string Name, string SnapshotNamespace, string SnapshotName, string SnapshotUid)
{
    public static ApiResource Kind { get; } = new("snapshot.storage.k8s.io", "v1", "VolumeSnapshotContent", "volumesnapshotcontents", false);

    /// <summary>Gets the driver's name of the snapshot; null until it is there.</summary>
    public SnapshotId? Snapshot { get; init; }

    /// <summary>Gets the driver's name of the volume it was taken of; null if it was not made by a cluster that says.</summary>
    public VolumeId? Volume { get; init; }

    /// <summary>Reads a VolumeSnapshotContent; null if it is another driver's.</summary>
    public static ContentFacts? Read(JsonElement root, string driver)
    {
        JsonElement spec = root.Member("spec");
        JsonElement snapshot = spec.Member("volumeSnapshotRef");
        return spec.Text("driver") != driver ? null
            : new ContentFacts(root.Member("metadata").Text("name"), snapshot.Text("namespace"), snapshot.Text("name"), snapshot.Text("uid"))
            {
                Snapshot = SnapshotId.TryParse(root.Member("status").Text("snapshotHandle"), null, out SnapshotId id) ? id : null,
                Volume = VolumeId.TryParse(spec.Member("source").Text("volumeHandle"), null, out VolumeId volume) ? volume : null,
            };
    }

    /// <summary>Says whether it belongs to a VolumeSnapshot. That the VolumeSnapshot names it is not enough: it may name somebody else's.</summary>
    public bool BelongsTo(SnapshotFacts snapshot) =>
        SnapshotUid.Length > 0 && (SnapshotNamespace, SnapshotName, SnapshotUid) == (snapshot.Namespace, snapshot.Name, snapshot.Uid);
}
