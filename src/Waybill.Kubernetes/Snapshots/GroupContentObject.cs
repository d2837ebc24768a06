using System.Collections.Immutable;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What is read of a VolumeGroupSnapshotContent.</summary>
/// <param name="Chosen">The volumes that the cluster found by the labels of claims, by the names their driver knows them by.</param>
/// <param name="Taken">The volumes that the driver says it took; none as long as it did not.</param>
internal sealed record GroupContentObject(ImmutableArray<string> Chosen, ImmutableArray<string> Taken)
{
    /// <summary>Reads that of a VolumeGroupSnapshot; null if it is another one's.</summary>
    public static GroupContentObject? From(JsonElement node, GroupObject of)
    {
        JsonElement spec = node.Member("spec");
        JsonElement status = node.Member("status");
        return spec.Member("volumeGroupSnapshotRef").Text("uid") != of.Uid ? null : new GroupContentObject(
            [.. spec.Member("source").Items("volumeHandles").Select(handle => handle.GetString() ?? "")],

            // v1beta1 has a name of its own for the list.
            [.. status.Items("volumeSnapshotInfoList").Concat(status.Items("volumeSnapshotHandlePairList")).Select(one => one.Text("volumeHandle"))]);
    }
}
