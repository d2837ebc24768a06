using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Tests.Local;

/// <summary>The whole life of volumes and snapshots on a real pool, wherever temporary files are.</summary>
public sealed class LocalPluginTests
{
    private const long MiB = Requests.MiB;

    [Fact]
    public async Task AVolume_FromBirthToDeath_KeepsWhatWasWritten()
    {
        await using PoolPlugin pool = await PoolPlugin.StartAsync();
        Controller.ControllerClient controller = pool.Host.Controller;
        string volume = (await controller.CreateVolumeAsync(Requests.Create("v", 4 * MiB))).Volume.VolumeId;
        await WriteAsync(pool, volume, 8192, "before"u8.ToArray());
        string snapshot = (await controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = "s", SourceVolumeId = volume })).Snapshot.SnapshotId;
        await WriteAsync(pool, volume, 8192, "after!"u8.ToArray());

        string restored = (await controller.CreateVolumeAsync(Requests.Create("r", 8 * MiB, source: Requests.FromSnapshot(snapshot)))).Volume.VolumeId;
        string clone = (await controller.CreateVolumeAsync(Requests.Create("c", 0, source: Requests.FromVolume(volume)))).Volume.VolumeId;
        ControllerExpandVolumeResponse grown = await controller.ControllerExpandVolumeAsync(
            new ControllerExpandVolumeRequest { VolumeId = volume, CapacityRange = new CapacityRange { RequiredBytes = 16 * MiB } });

        Assert.Equal("before", await ReadAsync(pool, restored, 8192, 6));
        Assert.Equal("after!", await ReadAsync(pool, clone, 8192, 6));
        Assert.Equal((16 * MiB, true), (grown.CapacityBytes, grown.NodeExpansionRequired));
        Assert.Equal(3, (await controller.ListVolumesAsync(new ListVolumesRequest())).Entries.Count);

        foreach (string id in (string[])[volume, restored, clone])
        {
            await controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = id });
            await controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = id });
        }

        await controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = snapshot });
        Assert.Empty((await controller.ListVolumesAsync(new ListVolumesRequest())).Entries);
        Assert.Empty((await controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries);
    }

    [Fact]
    public async Task ASnapshot_WhoseVolumeIsGone_IsStillAVolumesSourceAndListed()
    {
        await using PoolPlugin pool = await PoolPlugin.StartAsync();
        Controller.ControllerClient controller = pool.Host.Controller;
        string volume = (await controller.CreateVolumeAsync(Requests.Create("v", MiB))).Volume.VolumeId;
        await WriteAsync(pool, volume, 65536, "kept"u8.ToArray());
        string snapshot = (await controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = "s", SourceVolumeId = volume })).Snapshot.SnapshotId;
        await controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = volume });

        MetadataAnswer allocated = await MetadataAnswer.ReadAsync(
            pool.Host.Metadata.GetMetadataAllocated(new GetMetadataAllocatedRequest { SnapshotId = snapshot }));
        string restored = (await controller.CreateVolumeAsync(Requests.Create("r", 0, source: Requests.FromSnapshot(snapshot)))).Volume.VolumeId;

        Assert.Equal(MiB, allocated.Capacity);
        Assert.Contains(allocated.Ranges, range => range.Offset <= 65536 && range.End >= 65540);
        Assert.Equal("kept", await ReadAsync(pool, restored, 65536, 4));
    }

    [Fact]
    public async Task CreateVolume_OfTheSameNameDifferently_AlreadyExists()
    {
        await using PoolPlugin pool = await PoolPlugin.StartAsync();
        Controller.ControllerClient controller = pool.Host.Controller;
        string first = (await controller.CreateVolumeAsync(Requests.Create("v", 2 * MiB))).Volume.VolumeId;

        await Expect.StatusAsync(StatusCode.AlreadyExists, controller.CreateVolumeAsync(Requests.Create("v", 4 * MiB)));
        Assert.Equal(first, (await controller.CreateVolumeAsync(Requests.Create("v", MiB, 3 * MiB))).Volume.VolumeId);
        await Expect.StatusAsync(StatusCode.InvalidArgument, controller.CreateVolumeAsync(Requests.Create("w").With(request => request.Parameters.Set("no", "such"))));
    }

    [Fact]
    public async Task GetMetadataDelta_BetweenSnapshots_CoversWhatChangedOrDemandsAFullBackup()
    {
        await using PoolPlugin pool = await PoolPlugin.StartAsync();
        Controller.ControllerClient controller = pool.Host.Controller;
        string volume = (await controller.CreateVolumeAsync(Requests.Create("v", 4 * MiB))).Volume.VolumeId;
        string other = (await controller.CreateVolumeAsync(Requests.Create("w", 4 * MiB))).Volume.VolumeId;
        await WriteAsync(pool, volume, 0, new byte[] { 1, 2, 3 });
        string before = await TakeAsync(controller, volume, "before");
        string foreign = await TakeAsync(controller, other, "foreign");
        await WriteAsync(pool, volume, 2 * MiB, new byte[] { 4, 5, 6 });
        string after = await TakeAsync(controller, volume, "after");
        AsyncServerStreamingCall<GetMetadataDeltaResponse> Ask(string from, string to) =>
            pool.Host.Metadata.GetMetadataDelta(new GetMetadataDeltaRequest { BaseSnapshotId = from, TargetSnapshotId = to });

        VolumeCapabilities capabilities = await pool.Provider.GetCapabilitiesAsync(new VolumeId(volume));
        if (capabilities.Shape == ChangeShape.None)
        {
            await MetadataAnswer.FailAsync(StatusCode.FailedPrecondition, Ask(before, after));
        }
        else
        {
            MetadataAnswer answer = await MetadataAnswer.ReadAsync(Ask(before, after));
            Assert.Contains(answer.Ranges, range => range.Offset <= 2 * MiB && range.End >= (2 * MiB) + 3);
            Assert.DoesNotContain(answer.Ranges, range => range.Offset == 0);
        }

        await MetadataAnswer.FailAsync(StatusCode.InvalidArgument, Ask(foreign, after));
        await MetadataAnswer.FailAsync(StatusCode.NotFound, Ask("none", after));
    }

    [Fact]
    public async Task CreateVolumeGroupSnapshot_OnAPool_IsTakenOrRefusedWithAReason()
    {
        await using PoolPlugin pool = await PoolPlugin.StartAsync();
        Controller.ControllerClient controller = pool.Host.Controller;
        string one = (await controller.CreateVolumeAsync(Requests.Create("v", MiB))).Volume.VolumeId;
        string two = (await controller.CreateVolumeAsync(Requests.Create("w", MiB))).Volume.VolumeId;
        var request = new CreateVolumeGroupSnapshotRequest { Name = "g", SourceVolumeIds = { one, two } };

        if ((await pool.Provider.GetCapabilitiesAsync(new VolumeId(one))).Groups == GroupConsistency.WriteOrder)
        {
            VolumeGroupSnapshot group = (await pool.Host.Groups.CreateVolumeGroupSnapshotAsync(request)).GroupSnapshot;
            Assert.Equal([one, two], group.Snapshots.Select(snapshot => snapshot.SourceVolumeId));
            await pool.Host.Groups.DeleteVolumeGroupSnapshotAsync(
                new DeleteVolumeGroupSnapshotRequest { GroupSnapshotId = "g", SnapshotIds = { group.Snapshots.Select(snapshot => snapshot.SnapshotId) } });
        }
        else
        {
            Status status = await Expect.StatusAsync(StatusCode.FailedPrecondition, pool.Host.Groups.CreateVolumeGroupSnapshotAsync(request));
            Assert.StartsWith("WB3009: ", status.Detail, StringComparison.Ordinal);
        }

        Assert.Empty((await controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries);
    }

    private static async Task<string> TakeAsync(Controller.ControllerClient controller, string volume, string name) =>
        (await controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = name, SourceVolumeId = volume })).Snapshot.SnapshotId;

    private static async Task WriteAsync(PoolPlugin pool, string volume, long offset, byte[] data)
    {
        await using BlockWriter writer = await pool.Provider.OpenWriteAsync(new VolumeId(volume));
        await writer.WriteAsync(offset, data);
        await writer.CompleteAsync();
    }

    private static async Task<string> ReadAsync(PoolPlugin pool, string volume, long offset, int length)
    {
        await using BlockReader reader = await pool.Provider.OpenReadAsync(new VolumeSource(new VolumeId(volume)));
        byte[] content = new byte[length];
        int read = await reader.ReadAsync(offset, content);
        return System.Text.Encoding.ASCII.GetString(content, 0, read);
    }
}
