using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Kubernetes.Tests;

/// <summary>Does for VolumeSnapshots what snapshot-controller and external-snapshotter do: has a driver take and remove them.</summary>
internal sealed class SidecarSnapshotter(SidecarApi api, Controller.ControllerClient driver, string driverName)
{
    public const string Path = "/apis/snapshot.storage.k8s.io/v1/volumesnapshots";
    public const string Contents = "/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents";
    private const string Finalizer = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection";

    /// <summary>Gets or sets whether nothing is taken for now.</summary>
    public bool IsStuck { get; set; }

    /// <summary>Gets or sets what is said to go wrong; empty for nothing.</summary>
    public string Failure { get; set; } = "";

    public async Task OnEventAsync(string type, JsonObject snapshot)
    {
        if (type == "DELETED" || Text(snapshot, "spec", "volumeSnapshotClassName") is not { Length: > 0 } name
            || await api.FindAsync($"/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses/{name}") is not { } found || Text(found, "driver") != driverName)
        {
            return;
        }

        string path = $"/apis/snapshot.storage.k8s.io/v1/namespaces/{Text(snapshot, "metadata", "namespace")}/volumesnapshots/{Text(snapshot, "metadata", "name")}";
        if (snapshot["metadata"]!["deletionTimestamp"] is not null)
        {
            await RemoveAsync(snapshot, path);
        }
        else if (Text(snapshot, "status", "boundVolumeSnapshotContentName").Length == 0 && snapshot["status"]?["error"] is null)
        {
            await TakeAsync(snapshot, path);
        }
    }

    private async Task TakeAsync(JsonObject snapshot, string path)
    {
        if (Failure.Length > 0)
        {
            await api.PatchAsync(path + "/status", $$$$"""{"status":{"readyToUse":false,"error":{"message":"{{{{Failure}}}}"}}}""");
            return;
        }

        if (IsStuck || !await api.PatchAsync(path, $$$$"""{"metadata":{"finalizers":["{{{{Finalizer}}}}"]}}"""))
        {
            return;
        }

        (string home, string uid) = (Text(snapshot, "metadata", "namespace"), Text(snapshot, "metadata", "uid"));
        JsonObject? claim = await api.FindAsync($"/api/v1/namespaces/{home}/persistentvolumeclaims/{Text(snapshot, "spec", "source", "persistentVolumeClaimName")}");
        JsonObject? volume = claim is null ? null : await api.FindAsync($"/api/v1/persistentvolumes/{Text(claim, "spec", "volumeName")}");
        if (volume is null)
        {
            return;
        }

        string handle = Text(volume, "spec", "csi", "volumeHandle");
        Snapshot taken;
        try
        {
            taken = (await driver.CreateSnapshotAsync(new CreateSnapshotRequest { Name = $"snapshot-{uid}", SourceVolumeId = handle })).Snapshot;
        }
        catch (RpcException e)
        {
            await api.PatchAsync(path + "/status", new JsonObject { ["status"] = new JsonObject { ["error"] = new JsonObject { ["message"] = e.Status.Detail } } }.ToJsonString());
            return;
        }

        string name = $"snapcontent-{uid}";
        string time = taken.CreationTime.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await api.CreateAsync(Contents, JsonNode.Parse($$$$"""
            {"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotContent","metadata":{"name":"{{{{name}}}}"},
             "spec":{"deletionPolicy":"Delete","driver":"{{{{driverName}}}}","source":{"volumeHandle":"{{{{handle}}}}"},"sourceVolumeMode":"{{{{Text(volume, "spec", "volumeMode")}}}}",
                     "volumeSnapshotRef":{"namespace":"{{{{home}}}}","name":"{{{{Text(snapshot, "metadata", "name")}}}}","uid":"{{{{uid}}}}"}}}
            """)!.AsObject());
        await api.PatchAsync($"{Contents}/{name}/status", $$$$"""{"status":{"snapshotHandle":"{{{{taken.SnapshotId}}}}","readyToUse":true}}""");
        await api.PatchAsync(
            path + "/status",
            $$$$"""{"status":{"boundVolumeSnapshotContentName":"{{{{name}}}}","creationTime":"{{{{time}}}}","readyToUse":true,"restoreSize":"{{{{taken.SizeBytes}}}}"}}""");
    }

    private async Task RemoveAsync(JsonObject snapshot, string path)
    {
        string name = $"snapcontent-{Text(snapshot, "metadata", "uid")}";
        if (await api.FindAsync($"{Contents}/{name}") is { } content)
        {
            await driver.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = Text(content, "status", "snapshotHandle") });
            await api.DeleteAsync($"{Contents}/{name}");
        }

        await api.PatchAsync(path, """{"metadata":{"finalizers":null}}""");
    }

    private static string Text(JsonNode node, params string[] path) => SidecarProvisioner.Text(node, path);
}
