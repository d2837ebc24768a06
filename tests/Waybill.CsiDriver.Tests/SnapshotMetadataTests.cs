using Grpc.Core;
using Waybill.CsiDriver.Tests.Support;
using Waybill.Kubernetes;

namespace Waybill.CsiDriver.Tests;

/// <summary>The client of the SnapshotMetadata service against the driver's process and a kernel's loop devices, with a cluster that says who may ask.</summary>
public sealed class SnapshotMetadataTests
{
    private const int Length = 64 << 20;

    private const string MayRead = """{"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots"],"verbs":["get"]}""";

    [SkippableFact]
    public async Task ListsOfAVolumeInUse_LaidOverTheOldImage_MakeTheNewOne()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        await using DriverLab lab = await DriverLab.CreateAsync();
        await using MetadataSidecar sidecar = await MetadataSidecar.StartAsync(cluster, lab.Driver);
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Block());
        await volume.UpAsync();
        var content = new BlockContent(volume, Length);
        content.Write(1, pieces: 400);
        (string monday, byte[] mondaysContent) = await SnapshotAsync(cluster, volume, "monday", content);
        content.Write(2, pieces: 40);
        (string tuesday, byte[] tuesdaysContent) = await SnapshotAsync(cluster, volume, "tuesday", content);
        content.Write(3, pieces: 40);
        cluster.GrantAgent(MayRead);
        using SnapshotMetadataClient client = Connect(sidecar, async (_, _) => await cluster.RequestTokenAsync(MetadataSidecar.Audience));

        // A few ranges in a message and a few messages in a stream: the lists come in pieces, each from where the one before broke.
        (sidecar.RangesOfAMessage, sidecar.MessagesOfAStream) = (3, 2);
        List<ByteRange> allocated = await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync();
        int streams = sidecar.Streams;
        List<ByteRange> changed = await client.ListChangedAsync("shop", new ChangeId(monday), "tuesday", Length).ToListAsync();
        List<ByteRange> rest = await client.ListChangedAsync("shop", new ChangeId(monday), "tuesday", Length, (Length / 2) + 1).ToListAsync();
        List<ByteRange> nothing = await client.ListChangedAsync("shop", new ChangeId(tuesday), "tuesday", Length).ToListAsync();

        Assert.True(streams > 3, $"{streams} streams");
        byte[] image = new byte[Length];
        await ApplyAsync(lab, "monday", monday, allocated, image);
        Assert.True(image.AsSpan().SequenceEqual(mondaysContent), "what is allocated is not Monday");
        await ApplyAsync(lab, "tuesday", tuesday, changed, image);
        Assert.True(image.AsSpan().SequenceEqual(tuesdaysContent), "the changes on Monday are not Tuesday");
        Assert.InRange(changed.Sum(range => range.Length), 1, Length / 8);
        Assert.Equal(changed.Select(range => range.Intersect(ByteRange.FromBounds((Length / 2) + 1, Length))).Where(range => !range.IsEmpty).Sum(range => range.Length), rest.Sum(range => range.Length));
        Assert.Empty(nothing);
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Caller_GetsWhatItsTokenAndItsRolesAllow_AndTheTokenIsSaidNowhere()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        await using DriverLab lab = await DriverLab.CreateAsync();
        await using MetadataSidecar sidecar = await MetadataSidecar.StartAsync(cluster, lab.Driver);
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Block());
        TestVolume another = await TestVolume.CreateAsync(lab, "w", TestVolume.Block());
        string monday = await volume.SnapshotAsync("monday");
        string foreign = await another.SnapshotAsync("foreign");
        cluster.LoadSnapshot("monday", monday, volume.Id);
        string token = await cluster.RequestTokenAsync(MetadataSidecar.Audience);
        using SnapshotMetadataClient client = Connect(sidecar, (_, _) => ValueTask.FromResult(token));
        using SnapshotMetadataClient elsewhere = Connect(sidecar, async (_, _) => await cluster.RequestTokenAsync("https://kubernetes.default.svc"));

        List<ProviderException> errors =
        [
            await RefusedAsync(WaybillErrorCode.ClusterRefused, StatusCode.PermissionDenied, client.ListAllocatedAsync("shop", "monday", Length)),
            await RefusedAsync(WaybillErrorCode.ClusterRefused, StatusCode.Unauthenticated, elsewhere.ListAllocatedAsync("shop", "monday", Length)),
        ];
        cluster.GrantAgent(MayRead);
        Assert.Empty(await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
        errors.Add(await RefusedAsync(WaybillErrorCode.ClusterRefused, StatusCode.Unauthenticated, elsewhere.ListAllocatedAsync("shop", "monday", Length)));
        errors.Add(await RefusedAsync(WaybillErrorCode.ClusterRefused, StatusCode.PermissionDenied, client.ListAllocatedAsync("other", "monday", Length)));
        errors.Add(await RefusedAsync(WaybillErrorCode.ProviderBusy, StatusCode.Unavailable, client.ListAllocatedAsync("shop", "never", Length)));
        errors.Add(await RefusedAsync(WaybillErrorCode.ProviderFailed, StatusCode.InvalidArgument, client.ListChangedAsync("shop", new ChangeId(foreign), "monday", Length)));
        errors.Add(await RefusedAsync(WaybillErrorCode.ChangeTrackingLost, StatusCode.NotFound, client.ListChangedAsync("shop", new ChangeId("never"), "monday", Length)));
        errors.Add(await RefusedAsync(WaybillErrorCode.DeltaInvalid, null, client.ListAllocatedAsync("shop", "monday", Length + 1)));

        cluster.Server.Tokens.Revoke(token);
        errors.Add(await RefusedAsync(WaybillErrorCode.ClusterRefused, StatusCode.Unauthenticated, client.ListAllocatedAsync("shop", "monday", Length)));
        using SnapshotMetadataClient renewing = Connect(sidecar, async (renew, _) => renew ? await cluster.RequestTokenAsync(MetadataSidecar.Audience) : token);
        Assert.Empty(await renewing.ListAllocatedAsync("shop", "monday", Length).ToListAsync());

        await lab.Driver.TerminateAsync();
        Assert.DoesNotContain(token, lab.Driver.Log, StringComparison.Ordinal);
        Assert.All(errors, error => Assert.DoesNotContain(token, error.ToString(), StringComparison.Ordinal));
    }

    private static SnapshotMetadataClient Connect(MetadataSidecar sidecar, BackupTokenSupplier tokens) =>
        SnapshotMetadataClient.Connect(new SnapshotMetadataClientOptions(sidecar.Address, sidecar.Authority, tokens) { Name = BackupCluster.Driver, RetryLimit = TimeSpan.FromSeconds(2) });

    private static async Task<(string Handle, byte[] Content)> SnapshotAsync(BackupCluster cluster, TestVolume volume, string name, BlockContent content)
    {
        string handle = await volume.SnapshotAsync(name);
        cluster.LoadSnapshot(name, handle, volume.Id);
        return (handle, content.Copy());
    }

    /// <summary>Reads ranges from a volume that is made of a snapshot, as a mover does, and lays them over an image.</summary>
    private static async Task ApplyAsync(DriverLab lab, string name, string snapshot, List<ByteRange> ranges, byte[] image)
    {
        TestVolume restored = await TestVolume.CreateAsync(lab, "from-" + name, TestVolume.Block(), source: TestVolume.FromSnapshot(snapshot));
        await restored.UpAsync();
        byte[] content = BlockContent.Read(restored, Length);
        await restored.DownAsync();
        foreach (ByteRange range in ranges)
        {
            content.AsSpan((int)range.Offset, (int)range.Length).CopyTo(image.AsSpan((int)range.Offset));
        }
    }

    private static async Task<ProviderException> RefusedAsync(WaybillErrorCode code, StatusCode? status, IAsyncEnumerable<ByteRange> list)
    {
        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await list.ToListAsync());
        Assert.Equal((code, status?.ToString()), (error.Code, error.VendorCode));
        return error;
    }
}
