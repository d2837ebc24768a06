using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Waybill.Csi.Wire;
using WireTimestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Waybill.Kubernetes.Tests;

/// <summary>Makes the VolumeSnapshots of a group, and lets them go when it is gone: none goes alone.</summary>
internal sealed class SidecarGroupMembers(SidecarApi api, string version)
{
    private const string Finalizer = "snapshot.storage.kubernetes.io/volumesnapshot-in-group-protection";
    private const string BoundFinalizer = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection";

    public static string Time(WireTimestamp time) => time.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static long Nanoseconds(Snapshot snapshot) => (snapshot.CreationTime.Seconds * 1_000_000_000) + snapshot.CreationTime.Nanos;

    public async Task MakeAsync(JsonNode group, string driverName, string groupHandle, Snapshot taken)
    {
        (string home, string groupName, string uid) = (Text(group, "namespace"), Text(group, "name"), Text(group, "uid"));
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uid + taken.SourceVolumeId)));
        (string name, string content) = ($"snapshot-{digest}", $"snapcontent-{digest}");
        JsonObject? volume = (await api.ListAsync("/api/v1/persistentvolumes")).Find(one => Text(one, "spec", "csi", "volumeHandle") == taken.SourceVolumeId);
        string claim = volume is null ? "" : Text(volume, "spec", "claimRef", "name");
        await api.CreateAsync(SidecarSnapshotter.Contents, JsonNode.Parse($$$$"""
            {"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotContent",
             "metadata":{"name":"{{{{content}}}}","annotations":{"groupsnapshot.storage.k8s.io/volumeGroupSnapshotHandle":"{{{{groupHandle}}}}"}},
             "spec":{"deletionPolicy":"Delete","driver":"{{{{driverName}}}}","source":{"volumeHandle":"{{{{taken.SourceVolumeId}}}}"},
                     "volumeSnapshotRef":{"kind":"VolumeSnapshot","namespace":"{{{{home}}}}","name":"{{{{name}}}}"}}}
            """)!.AsObject());
        await api.CreateAsync(ListPath(home), JsonNode.Parse($$$$"""
            {"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshot",
             "metadata":{"name":"{{{{name}}}}","namespace":"{{{{home}}}}","finalizers":["{{{{Finalizer}}}}","{{{{BoundFinalizer}}}}"],"ownerReferences":[
                {"apiVersion":"{{{{SidecarGroupSnapshotter.Group}}}}/{{{{version}}}}","kind":"VolumeGroupSnapshot","name":"{{{{groupName}}}}","uid":"{{{{uid}}}}"}]},
             "spec":{"source":{"persistentVolumeClaimName":"{{{{claim}}}}"}}}
            """)!.AsObject());
        string path = $"{ListPath(home)}/{name}";
        if (await api.FindAsync(path) is not { } made)
        {
            return;
        }

        await api.PatchAsync($"{SidecarSnapshotter.Contents}/{content}", $$$$"""{"spec":{"volumeSnapshotRef":{"uid":"{{{{Text(made, "metadata", "uid")}}}}"}}}""");
        await SayAsync(path, new JsonObject { ["boundVolumeSnapshotContentName"] = content });
        await SayAsync($"{SidecarSnapshotter.Contents}/{content}", new JsonObject
        {
            ["snapshotHandle"] = taken.SnapshotId, ["volumeGroupSnapshotHandle"] = groupHandle, ["readyToUse"] = taken.ReadyToUse,
            ["creationTime"] = Nanoseconds(taken), ["restoreSize"] = taken.SizeBytes,
        });
        await SayAsync(path, new JsonObject
        {
            ["creationTime"] = Time(taken.CreationTime), ["readyToUse"] = taken.ReadyToUse, ["volumeGroupSnapshotName"] = groupName,
            ["restoreSize"] = taken.SizeBytes.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Asks for all members of a group to be removed; they wait until it is gone.</summary>
    public async Task DeleteAllAsync(string home, string groupUid)
    {
        foreach (JsonObject member in await ListAsync(home, groupUid))
        {
            await api.DeleteAsync($"{ListPath(home)}/{Text(member, "metadata", "name")}");
        }
    }

    /// <summary>Lets the members of a group go that is gone.</summary>
    public async Task RemoveAllAsync(string home, string groupUid)
    {
        foreach (JsonObject member in await ListAsync(home, groupUid))
        {
            await OnChangedAsync(member);
        }
    }

    public async Task OnChangedAsync(JsonObject seen)
    {
        if (await api.FindAsync($"{ListPath(Text(seen, "metadata", "namespace"))}/{Text(seen, "metadata", "name")}") is not { } snapshot)
        {
            return;
        }

        JsonNode? owner = snapshot["metadata"]!["ownerReferences"]?.AsArray().FirstOrDefault(one => Text(one!, "kind") == "VolumeGroupSnapshot");
        string home = Text(snapshot, "metadata", "namespace");
        if (owner is null || snapshot["metadata"]!["deletionTimestamp"] is null
            || (await api.FindAsync($"/apis/{SidecarGroupSnapshotter.Group}/{version}/namespaces/{home}/volumegroupsnapshots/{Text(owner, "name")}") is { } group
                && Text(group, "metadata", "uid") == Text(owner, "uid")))
        {
            return;
        }

        if (Text(snapshot, "status", "boundVolumeSnapshotContentName") is { Length: > 0 } content)
        {
            await api.DeleteAsync($"{SidecarSnapshotter.Contents}/{content}");
        }

        await api.PatchAsync($"{ListPath(home)}/{Text(snapshot, "metadata", "name")}", """{"metadata":{"finalizers":null}}""");
    }

    private async Task<List<JsonObject>> ListAsync(string home, string groupUid) => (await api.ListAsync(ListPath(home))).FindAll(
        one => one["metadata"]!["ownerReferences"] is JsonArray owners && owners.Any(owner => Text(owner!, "uid") == groupUid));

    private Task<bool> SayAsync(string path, JsonObject status) => api.PatchAsync(path + "/status", new JsonObject { ["status"] = status }.ToJsonString());

    private static string ListPath(string home) => $"/apis/snapshot.storage.k8s.io/v1/namespaces/{home}/volumesnapshots";

    private static string Text(JsonNode node, params string[] path) => SidecarProvisioner.Text(node, path);
}
