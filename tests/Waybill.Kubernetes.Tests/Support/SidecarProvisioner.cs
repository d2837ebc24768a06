using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Kubernetes.Tests;

/// <summary>Does for claims what external-provisioner and external-resizer do: has a driver make, grow and remove their volumes.</summary>
internal sealed class SidecarProvisioner(SidecarApi api, Controller.ControllerClient driver, string driverName)
{
    public const string Path = "/api/v1/persistentvolumeclaims";

    /// <summary>With what a scheduler tells that a pod with the claim goes to a node.</summary>
    public const string SelectedNode = "volume.kubernetes.io/selected-node";

    private const string ModeChange = "snapshot.storage.kubernetes.io/allow-volume-mode-change";
    private const string Volumes = "/api/v1/persistentvolumes";
    private const string FileSystemParameter = "csi.storage.k8s.io/fstype";

    public async Task OnEventAsync(string type, JsonObject claim)
    {
        string uid = Text(claim, "metadata", "uid");
        JsonObject? storageClass = await api.FindAsync($"/apis/storage.k8s.io/v1/storageclasses/{Text(claim, "spec", "storageClassName")}");
        if (type == "DELETED")
        {
            await RemoveAsync(uid);
        }
        else if (storageClass is null || Text(storageClass, "provisioner") != driverName || claim["metadata"]!["deletionTimestamp"] is not null)
        {
            return;
        }
        else if (Text(claim, "spec", "volumeName").Length > 0)
        {
            await BindAsync(claim);
            await GrowAsync(claim);
        }
        else if (Text(storageClass, "volumeBindingMode") != "WaitForFirstConsumer" || claim["metadata"]!["annotations"]?[SelectedNode] is not null)
        {
            await ProvisionAsync(claim, uid, storageClass);
        }
    }

    private async Task ProvisionAsync(JsonObject claim, string uid, JsonObject storageClass)
    {
        (string home, string name) = (Text(claim, "metadata", "namespace"), Text(claim, "metadata", "name"));
        bool isBlock = Text(claim, "spec", "volumeMode") != "Filesystem";
        string fileSystem = Text(storageClass, "parameters", FileSystemParameter) is { Length: > 0 } said ? said : "ext4";
        var request = new CreateVolumeRequest
        {
            Name = $"pvc-{uid}",
            CapacityRange = new CapacityRange { RequiredBytes = Bytes(claim["spec"]!["resources"]!["requests"]!["storage"]!) },
            VolumeCapabilities =
            {
                new VolumeCapability
                {
                    AccessMode = new VolumeCapability.Types.AccessMode { Mode = VolumeCapability.Types.AccessMode.Types.Mode.SingleNodeWriter },
                },
            },
        };
        if (isBlock)
        {
            request.VolumeCapabilities[0].Block = new VolumeCapability.Types.BlockVolume();
        }
        else
        {
            request.VolumeCapabilities[0].Mount = new VolumeCapability.Types.MountVolume { FsType = fileSystem };
        }

        foreach ((string key, JsonNode? value) in storageClass["parameters"]?.AsObject().Where(parameter => parameter.Key != FileSystemParameter) ?? [])
        {
            request.Parameters[key] = value!.GetValue<string>();
        }

        if (claim["spec"]!["dataSource"] is { } source)
        {
            request.VolumeContentSource = await FindSourceAsync(home, source, isBlock);
            if (request.VolumeContentSource is null)
            {
                return;
            }
        }

        CreateVolumeResponse made;
        try
        {
            made = await driver.CreateVolumeAsync(request);
        }
        catch (RpcException)
        {
            // The claim stays pending.
            return;
        }

        string length = made.Volume.CapacityBytes.ToString(CultureInfo.InvariantCulture);
        await api.CreateAsync(Volumes, JsonNode.Parse($$$$"""
            {"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"pvc-{{{{uid}}}}"},
             "spec":{"capacity":{"storage":"{{{{length}}}}"},"accessModes":["ReadWriteOnce"],"volumeMode":"{{{{(isBlock ? "Block" : "Filesystem")}}}}","persistentVolumeReclaimPolicy":"{{{{ReclaimPolicyOf(storageClass)}}}}",
                     "storageClassName":"{{{{Text(storageClass, "metadata", "name")}}}}","claimRef":{"namespace":"{{{{home}}}}","name":"{{{{name}}}}","uid":"{{{{uid}}}}"},
                     "csi":{"driver":"{{{{driverName}}}}","volumeHandle":"{{{{made.Volume.VolumeId}}}}","fsType":"{{{{(isBlock ? "" : fileSystem)}}}}"}}}
            """)!.AsObject());
        string path = $"/api/v1/namespaces/{home}/persistentvolumeclaims/{name}";
        await api.PatchAsync(path, $$$$"""{"spec":{"volumeName":"pvc-{{{{uid}}}}"}}""");
        await api.PatchAsync(path + "/status", $$$$"""{"status":{"phase":"Bound","capacity":{"storage":"{{{{length}}}}"}}}""");
    }

    /// <summary>Binds a claim that names its volume, if that is meant for it.</summary>
    private async Task BindAsync(JsonObject claim)
    {
        if (Text(claim, "status", "phase") != "Bound" && await api.FindAsync($"{Volumes}/{Text(claim, "spec", "volumeName")}") is { } volume
            && Text(volume, "spec", "claimRef", "uid") == Text(claim, "metadata", "uid"))
        {
            await api.PatchAsync(
                $"/api/v1/namespaces/{Text(claim, "metadata", "namespace")}/persistentvolumeclaims/{Text(claim, "metadata", "name")}/status",
                $$$$"""{"status":{"phase":"Bound","capacity":{"storage":"{{{{Text(volume, "spec", "capacity", "storage")}}}}"}}}""");
        }
    }

    private static string ReclaimPolicyOf(JsonObject storageClass) => Text(storageClass, "reclaimPolicy") is { Length: > 0 } policy ? policy : "Delete";

    /// <summary>Finds what a volume is made of; null if it may not be.</summary>
    private async Task<VolumeContentSource?> FindSourceAsync(string home, JsonNode source, bool isBlock)
    {
        string name = source["name"]!.GetValue<string>();
        if (source["kind"]!.GetValue<string>() == "PersistentVolumeClaim")
        {
            JsonObject origin = (await api.FindAsync($"/api/v1/namespaces/{home}/persistentvolumeclaims/{name}"))!;
            JsonObject volume = (await api.FindAsync($"{Volumes}/{Text(origin, "spec", "volumeName")}"))!;
            return new VolumeContentSource { Volume = new VolumeContentSource.Types.VolumeSource { VolumeId = Text(volume["spec"]!, "csi", "volumeHandle") } };
        }

        JsonObject snapshot = (await api.FindAsync($"/apis/snapshot.storage.k8s.io/v1/namespaces/{home}/volumesnapshots/{name}"))!;
        JsonObject content = (await api.FindAsync($"{SidecarSnapshotter.Contents}/{Text(snapshot, "status", "boundVolumeSnapshotContentName")}"))!;
        if (Text(content, "spec", "sourceVolumeMode") is { Length: > 0 } mode && mode == "Block" != isBlock && content["metadata"]!["annotations"]?[ModeChange]?.GetValue<string>() != "true")
        {
            return null;
        }

        return new VolumeContentSource { Snapshot = new VolumeContentSource.Types.SnapshotSource { SnapshotId = Text(content, "status", "snapshotHandle") } };
    }

    private async Task GrowAsync(JsonObject claim)
    {
        string path = $"{Volumes}/{Text(claim, "spec", "volumeName")}";
        JsonObject? volume = await api.FindAsync(path);
        long wanted = Bytes(claim["spec"]!["resources"]!["requests"]!["storage"]!);
        if (volume is null || Bytes(volume["spec"]!["capacity"]!["storage"]!) >= wanted)
        {
            return;
        }

        ControllerExpandVolumeResponse grown = await driver.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest
        {
            VolumeId = Text(volume["spec"]!, "csi", "volumeHandle"), CapacityRange = new CapacityRange { RequiredBytes = wanted },
        });
        await api.PatchAsync(path, $$$$"""{"spec":{"capacity":{"storage":"{{{{grown.CapacityBytes}}}}"}}}""");
    }

    private async Task RemoveAsync(string uid)
    {
        foreach (JsonObject volume in await api.ListAsync(Volumes))
        {
            if (volume["spec"]?["claimRef"] is { } reference && Text(reference, "uid") == uid && Text(volume["spec"]!, "persistentVolumeReclaimPolicy") == "Delete")
            {
                await DeleteAsync(Text(volume["spec"]!, "csi", "volumeHandle"));
                await api.DeleteAsync($"{Volumes}/{Text(volume, "metadata", "name")}");
            }
        }
    }

    // A node may still let go of it.
    private async Task DeleteAsync(string handle)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await driver.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = handle });
                return;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition && attempt < 500)
            {
                await timer.WaitForNextTickAsync();
            }
        }
    }

    internal static string Text(JsonNode node, params string[] path)
    {
        JsonNode? found = node;
        foreach (string step in path)
        {
            found = found?[step];
        }

        return found?.GetValue<string>() ?? "";
    }

    private static long Bytes(JsonNode quantity)
    {
        Assert.True(Quantity.TryParse(quantity.GetValue<string>(), out long bytes));
        return bytes;
    }
}
