using System.Text.Json.Nodes;
using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Kubernetes.Tests;

/// <summary>
/// Does for VolumeGroupSnapshots what snapshot-controller and external-snapshotter do: finds claims by their labels, has a driver take and remove them together, and
/// makes a VolumeSnapshot of each.
/// </summary>
internal sealed class SidecarGroupSnapshotter(SidecarApi api, GroupController.GroupControllerClient driver, string driverName, string version, CancellationToken stop)
{
    public const string Group = "groupsnapshot.storage.k8s.io";

    private const string Finalizer = "groupsnapshot.storage.kubernetes.io/volumegroupsnapshot-bound-protection";
    private const string ContentFinalizer = "groupsnapshot.storage.kubernetes.io/volumegroupsnapshotcontent-bound-protection";
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(100);

    private readonly SidecarGroupMembers _members = new(api, version);

    /// <summary>Gets or sets whether nothing is taken up for now.</summary>
    public bool IsStuck { get; set; }

    /// <summary>Gets or sets what is said to go wrong; empty for nothing.</summary>
    public string Failure { get; set; } = "";

    /// <summary>Gets or sets what must have ended before the driver is asked.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Gets or sets which of the volumes the driver is asked for.</summary>
    public Func<List<string>, List<string>> Choose { get; set; } = all => all;

    public string Path => $"/apis/{Group}/{version}/volumegroupsnapshots";

    public string Contents => $"/apis/{Group}/{version}/volumegroupsnapshotcontents";

    public async Task OnGroupAsync(string type, JsonObject seen)
    {
        if (type == "DELETED")
        {
            await _members.RemoveAllAsync(Text(seen, "metadata", "namespace"), Text(seen, "metadata", "uid"));
            return;
        }

        // What is handed over may be old by now.
        if (await api.FindAsync(PathOf(seen["metadata"]!)) is not { } group)
        {
            return;
        }

        if (group["metadata"]!["deletionTimestamp"] is not null)
        {
            await RemoveAsync(group);
        }
        else if (!IsStuck && Text(group, "status", "boundVolumeGroupSnapshotContentName").Length == 0
            && await api.FindAsync($"/apis/{Group}/{version}/volumegroupsnapshotclasses/{Text(group, "spec", "volumeGroupSnapshotClassName")}") is { } found
            && Text(found, "driver") == driverName)
        {
            await BindAsync(group, Text(found, "deletionPolicy"));
        }
    }

    public async Task OnContentAsync(string type, JsonObject seen)
    {
        string path = $"{Contents}/{Text(seen, "metadata", "name")}";
        if (type == "DELETED")
        {
            string group = PathOf(seen["spec"]!["volumeGroupSnapshotRef"]!);
            if (await api.FindAsync(group) is { } waiting && waiting["metadata"]!["deletionTimestamp"] is not null)
            {
                await api.PatchAsync(group, """{"metadata":{"finalizers":null}}""");
            }
        }
        else if (await api.FindAsync(path) is { } content && Text(content, "spec", "driver") == driverName)
        {
            string handle = Text(content, "status", "volumeGroupSnapshotHandle");
            if (content["metadata"]!["deletionTimestamp"] is null)
            {
                await (handle.Length == 0 ? TakeAsync(content, path) : Task.CompletedTask);
                return;
            }

            if (handle.Length > 0)
            {
                var request = new DeleteVolumeGroupSnapshotRequest { GroupSnapshotId = handle };
                request.SnapshotIds.AddRange(content["status"]![ListName]!.AsArray().Select(one => Text(one!, "snapshotHandle")));
                await driver.DeleteVolumeGroupSnapshotAsync(request);
            }

            await api.PatchAsync(path, """{"metadata":{"finalizers":null}}""");
        }
    }

    /// <summary>Lets members go whose group is gone, and no others.</summary>
    public Task OnSnapshotAsync(string type, JsonObject snapshot) => type == "DELETED" ? Task.CompletedTask : _members.OnChangedAsync(snapshot);

    private string ListName => version == "v1beta1" ? "volumeSnapshotHandlePairList" : "volumeSnapshotInfoList";

    private async Task BindAsync(JsonObject group, string deletionPolicy)
    {
        (string home, string name, string uid) = (Text(group, "metadata", "namespace"), Text(group, "metadata", "name"), Text(group, "metadata", "uid"));
        string path = $"/apis/{Group}/{version}/namespaces/{home}/volumegroupsnapshots/{name}";
        string selector = string.Join(',', group["spec"]!["source"]!["selector"]!["matchLabels"]!.AsObject().Select(label => $"{label.Key}={label.Value}"));
        var handles = new JsonArray();
        foreach (JsonObject claim in await api.ListAsync($"/api/v1/namespaces/{home}/persistentvolumeclaims?labelSelector={Uri.EscapeDataString(selector)}"))
        {
            JsonObject? volume = Text(claim, "status", "phase") == "Bound" ? await api.FindAsync($"/api/v1/persistentvolumes/{Text(claim, "spec", "volumeName")}") : null;
            if (volume is null || Text(volume, "spec", "csi", "driver") != driverName)
            {
                await SayAsync(path, $"the PVC {Text(claim, "metadata", "name")} has no volume of this driver");
                return;
            }

            handles.Add(Text(volume, "spec", "csi", "volumeHandle"));
        }

        if (handles.Count == 0)
        {
            await SayAsync(path, $"label selector {selector} for group snapshot not applied to any PVC");
            return;
        }

        string content = $"groupsnapcontent-{uid}";
        await api.CreateAsync(Contents, JsonNode.Parse($$$$"""
            {"apiVersion":"{{{{Group}}}}/{{{{version}}}}","kind":"VolumeGroupSnapshotContent","metadata":{"name":"{{{{content}}}}","finalizers":["{{{{ContentFinalizer}}}}"]},
             "spec":{"deletionPolicy":"{{{{deletionPolicy}}}}","driver":"{{{{driverName}}}}","source":{"volumeHandles":{{{{handles.ToJsonString()}}}} },
                     "volumeGroupSnapshotClassName":"{{{{Text(group, "spec", "volumeGroupSnapshotClassName")}}}}",
                     "volumeGroupSnapshotRef":{"kind":"VolumeGroupSnapshot","namespace":"{{{{home}}}}","name":"{{{{name}}}}","uid":"{{{{uid}}}}"}}}
            """)!.AsObject());
        await api.PatchAsync(path, $$$$"""{"metadata":{"finalizers":["{{{{Finalizer}}}}"]}}""");
        await api.PatchAsync(path + "/status", $$$$"""{"status":{"boundVolumeGroupSnapshotContentName":"{{{{content}}}}","readyToUse":false}}""");
    }

    private async Task TakeAsync(JsonObject content, string path)
    {
        await Gate.WaitAsync(stop);
        JsonNode reference = content["spec"]!["volumeGroupSnapshotRef"]!;
        var request = new CreateVolumeGroupSnapshotRequest { Name = $"groupsnapshot-{Text(reference, "uid")}" };
        request.SourceVolumeIds.AddRange(Choose([.. content["spec"]!["source"]!["volumeHandles"]!.AsArray().Select(handle => handle!.GetValue<string>())]));
        while (true)
        {
            try
            {
                VolumeGroupSnapshot taken = Failure.Length > 0 ? throw new RpcException(new Status(StatusCode.FailedPrecondition, Failure))
                    : (await driver.CreateVolumeGroupSnapshotAsync(request)).GroupSnapshot;
                await TellAsync(taken, path, reference);
                return;
            }
            catch (RpcException e)
            {
                await SayAsync(path, e.Status.Detail);
                await SayAsync(PathOf(reference), e.Status.Detail);
            }

            // The driver is asked again, until it gives in or nobody wants it any more.
            await Task.Delay(s_again, stop);
            if (await api.FindAsync(path) is not { } now || now["metadata"]!["deletionTimestamp"] is not null)
            {
                return;
            }
        }
    }

    /// <summary>Writes down what the driver took: in the content, as a VolumeSnapshot of each volume, and at last in the VolumeGroupSnapshot.</summary>
    private async Task TellAsync(VolumeGroupSnapshot taken, string path, JsonNode reference)
    {
        var list = new JsonArray([.. taken.Snapshots.Select(one => version == "v1beta1"
            ? new JsonObject { ["volumeHandle"] = one.SourceVolumeId, ["snapshotHandle"] = one.SnapshotId }
            : new JsonObject
            {
                ["volumeHandle"] = one.SourceVolumeId, ["snapshotHandle"] = one.SnapshotId, ["readyToUse"] = one.ReadyToUse, ["restoreSize"] = one.SizeBytes,
                ["creationTime"] = SidecarGroupMembers.Nanoseconds(one),
            })]);
        var status = new JsonObject
        {
            ["volumeGroupSnapshotHandle"] = taken.GroupSnapshotId, ["readyToUse"] = taken.ReadyToUse, ["creationTime"] = SidecarGroupMembers.Time(taken.CreationTime), ["error"] = null,
        };
        status[ListName] = list;
        await api.PatchAsync(path + "/status", new JsonObject { ["status"] = status }.ToJsonString());
        string group = PathOf(reference);
        if (await api.FindAsync(group) is not { } there || there["metadata"]!["deletionTimestamp"] is not null)
        {
            return;
        }

        foreach (Snapshot snapshot in taken.Snapshots)
        {
            await _members.MakeAsync(reference, driverName, taken.GroupSnapshotId, snapshot);
        }

        status.Remove(ListName);
        status.Remove("volumeGroupSnapshotHandle");
        await api.PatchAsync(group + "/status", new JsonObject { ["status"] = status.DeepClone() }.ToJsonString());
    }

    private async Task RemoveAsync(JsonObject group)
    {
        JsonObject? content = Text(group, "status", "boundVolumeGroupSnapshotContentName") is { Length: > 0 } name ? await api.FindAsync($"{Contents}/{name}") : null;
        if (content is not null)
        {
            await api.DeleteAsync($"{Contents}/{Text(content, "metadata", "name")}");
        }

        await _members.DeleteAllAsync(Text(group, "metadata", "namespace"), Text(group, "metadata", "uid"));
        if (content is null)
        {
            await api.PatchAsync(PathOf(group["metadata"]!), """{"metadata":{"finalizers":null}}""");
        }
    }

    private Task<bool> SayAsync(string path, string error) => api.PatchAsync(
        path + "/status", new JsonObject { ["status"] = new JsonObject { ["readyToUse"] = false, ["error"] = new JsonObject { ["message"] = error } } }.ToJsonString());

    private string PathOf(JsonNode named) => $"/apis/{Group}/{version}/namespaces/{Text(named, "namespace")}/volumegroupsnapshots/{Text(named, "name")}";

    private static string Text(JsonNode node, params string[] path) => SidecarProvisioner.Text(node, path);
}
