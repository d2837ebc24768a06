using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Kubernetes.Tests;

/// <summary>Does for claims what external-provisioner and external-resizer do: has a driver make, grow and remove their volumes.</summary>
internal sealed class SidecarProvisioner(SidecarApi api, Controller.ControllerClient driver, string driverName)
{
    public const string Path = "/api/v1/persistentvolumeclaims";
    private const string Volumes = "/api/v1/persistentvolumes";

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
            await GrowAsync(claim);
        }
        else if (Text(storageClass, "volumeBindingMode") != "WaitForFirstConsumer")
        {
            await ProvisionAsync(claim, uid, storageClass);
        }
    }

    private async Task ProvisionAsync(JsonObject claim, string uid, JsonObject storageClass)
    {
        (string home, string name) = (Text(claim, "metadata", "namespace"), Text(claim, "metadata", "name"));
        var request = new CreateVolumeRequest
        {
            Name = $"pvc-{uid}",
            CapacityRange = new CapacityRange { RequiredBytes = Bytes(claim["spec"]!["resources"]!["requests"]!["storage"]!) },
            VolumeCapabilities =
            {
                new VolumeCapability
                {
                    Block = new VolumeCapability.Types.BlockVolume(),
                    AccessMode = new VolumeCapability.Types.AccessMode { Mode = VolumeCapability.Types.AccessMode.Types.Mode.SingleNodeWriter },
                },
            },
        };
        foreach ((string key, JsonNode? value) in storageClass["parameters"]?.AsObject() ?? [])
        {
            request.Parameters[key] = value!.GetValue<string>();
        }

        if (claim["spec"]!["dataSource"] is { } source && await FindSourceAsync(home, source) is { } content)
        {
            request.VolumeContentSource = content;
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
             "spec":{"capacity":{"storage":"{{{{length}}}}"},"accessModes":["ReadWriteOnce"],"volumeMode":"Block","persistentVolumeReclaimPolicy":"Delete",
                     "storageClassName":"{{{{Text(storageClass, "metadata", "name")}}}}","claimRef":{"namespace":"{{{{home}}}}","name":"{{{{name}}}}","uid":"{{{{uid}}}}"},
                     "csi":{"driver":"{{{{driverName}}}}","volumeHandle":"{{{{made.Volume.VolumeId}}}}"}}}
            """)!.AsObject());
        string path = $"/api/v1/namespaces/{home}/persistentvolumeclaims/{name}";
        await api.PatchAsync(path, $$$$"""{"spec":{"volumeName":"pvc-{{{{uid}}}}"}}""");
        await api.PatchAsync(path + "/status", $$$$"""{"status":{"phase":"Bound","capacity":{"storage":"{{{{length}}}}"}}}""");
    }

    private async Task<VolumeContentSource?> FindSourceAsync(string home, JsonNode source)
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
                await driver.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = Text(volume["spec"]!, "csi", "volumeHandle") });
                await api.DeleteAsync($"{Volumes}/{Text(volume, "metadata", "name")}");
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
