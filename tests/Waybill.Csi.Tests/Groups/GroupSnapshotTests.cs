using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Providers;
using Waybill.Testing;
using GroupType = Waybill.Csi.Wire.GroupControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Csi.Tests.Groups;

public sealed class GroupSnapshotTests : IAsyncLifetime
{
    private readonly ScriptedProvider _provider = new();
    private PluginHost _host = null!;
    private string _one = "";
    private string _two = "";

    public async Task InitializeAsync()
    {
        _host = await PluginHost.StartAsync(_provider);
        _one = _provider.AddVolume("one", 4096).ToString();
        _two = _provider.AddVolume("two", 8192).ToString();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task GroupControllerGetCapabilities_NamesTheOneThereIs()
    {
        GroupControllerGetCapabilitiesResponse response = await _host.Groups.GroupControllerGetCapabilitiesAsync(new GroupControllerGetCapabilitiesRequest());

        Assert.Equal([GroupType.CreateDeleteGetVolumeGroupSnapshot], response.Capabilities.Select(capability => capability.Rpc.Type));
    }

    [Fact]
    public async Task CreateVolumeGroupSnapshot_Twice_IsOneGroup()
    {
        VolumeGroupSnapshot first = await CreateAsync("g", _one, _two);
        VolumeGroupSnapshot second = await CreateAsync("g", _one, _two);

        Assert.Equal(first, second);
        Assert.Equal([(_one, 4096L), (_two, 8192L)], first.Snapshots.Select(snapshot => (snapshot.SourceVolumeId, snapshot.SizeBytes)));
        Assert.All(first.Snapshots, snapshot => Assert.Equal((first.GroupSnapshotId, true), (snapshot.GroupSnapshotId, snapshot.ReadyToUse)));
        Assert.True(first.ReadyToUse);
        Assert.Equal(first.Snapshots.Min(snapshot => snapshot.CreationTime.ToDateTimeOffset()), first.CreationTime.ToDateTimeOffset());
    }

    [Fact]
    public async Task CreateVolumeGroupSnapshot_OfTheSameNameOfOtherVolumes_AlreadyExists()
    {
        await CreateAsync("g", _one, _two);

        await Expect.StatusAsync(StatusCode.AlreadyExists, _host.Groups.CreateVolumeGroupSnapshotAsync(Create("g", _one)));
    }

    [Fact]
    public async Task CreateVolumeGroupSnapshot_WithWhatIsMissingOrWrong_IsRefused()
    {
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.CreateVolumeGroupSnapshotAsync(Create("", _one)));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.CreateVolumeGroupSnapshotAsync(Create("g")));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.CreateVolumeGroupSnapshotAsync(Create("g", _one, _one)));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.CreateVolumeGroupSnapshotAsync(Create("g", _one, "")));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Groups.CreateVolumeGroupSnapshotAsync(Create("g", _one, "none")));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.CreateVolumeGroupSnapshotAsync(Create("g", _one).With(request => request.Parameters.Set("a", "b"))));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.CreateVolumeGroupSnapshotAsync(Create(new string('g', 129), _one)));
        Assert.Empty((await _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries);
    }

    [Fact]
    public async Task CreateVolumeGroupSnapshot_ThatCannotBeConsistent_IsRefusedWithTheReasonAndTakesNothing()
    {
        var provider = new ScriptedProvider(new ScriptedProviderOptions { Groups = GroupConsistency.Loose });
        string volume = provider.AddVolume("v", 4096).ToString();
        await using PluginHost host = await PluginHost.StartAsync(provider);

        Status status = await Expect.StatusAsync(StatusCode.FailedPrecondition, host.Groups.CreateVolumeGroupSnapshotAsync(Create("g", volume)));

        Assert.StartsWith("WB3009: These volumes cannot be taken together", status.Detail, StringComparison.Ordinal);
        Assert.Empty((await host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries);
    }

    [Fact]
    public async Task CreateVolumeGroupSnapshot_OfOneNameTwiceAtOnce_TurnsTheSecondAway()
    {
        using var gate = new CallGate(_provider, ScriptedCall.CreateGroup);
        AsyncUnaryCall<CreateVolumeGroupSnapshotResponse> first = _host.Groups.CreateVolumeGroupSnapshotAsync(Create("g", _one));
        await gate.Entered;

        await Expect.StatusAsync(StatusCode.Aborted, _host.Groups.CreateVolumeGroupSnapshotAsync(Create("g", _one)));
        gate.Open();

        Assert.Single((await first).GroupSnapshot.Snapshots);
    }

    [Fact]
    public async Task CreateVolumeGroupSnapshot_WhileBothVolumesAreWritten_IsOneMoment()
    {
        // Every write to the second volume follows one to the first, so the second is never ahead in a group.
        using var stop = new CancellationTokenSource();
        ModelDisk first = _provider.GetDisk(new VolumeId(_one));
        ModelDisk second = _provider.GetDisk(new VolumeId(_two));
        Task writer = Task.Run(() =>
        {
            for (int value = 1; !stop.IsCancellationRequested; value++)
            {
                first.Write(0, BitConverter.GetBytes(value));
                second.Write(0, BitConverter.GetBytes(value));
            }
        });

        for (int round = 0; round < 50; round++)
        {
            VolumeGroupSnapshot group = await CreateAsync($"g{round}", _two, _one);
            int[] values = [.. group.Snapshots.Select(snapshot => BitConverter.ToInt32(_provider.GetContent(new SnapshotId(snapshot.SnapshotId)).Read(new ByteRange(0, 4))))];
            Assert.InRange(values[1] - values[0], 0, 1);
        }

        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public async Task GetVolumeGroupSnapshot_OfAGroup_DescribesIt()
    {
        VolumeGroupSnapshot group = await CreateAsync("g", _one, _two);

        GetVolumeGroupSnapshotResponse response = await _host.Groups.GetVolumeGroupSnapshotAsync(Get(group));

        Assert.Equal(group.GroupSnapshotId, response.GroupSnapshot.GroupSnapshotId);
        Assert.Equal(
            group.Snapshots.OrderBy(snapshot => snapshot.SnapshotId, StringComparer.Ordinal),
            response.GroupSnapshot.Snapshots.OrderBy(snapshot => snapshot.SnapshotId, StringComparer.Ordinal));
    }

    [Fact]
    public async Task GetVolumeGroupSnapshot_OfWhatIsMissingOrOther_IsRefused()
    {
        VolumeGroupSnapshot group = await CreateAsync("g", _one, _two);
        VolumeGroupSnapshot other = await CreateAsync("h", _one);

        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.GetVolumeGroupSnapshotAsync(new GetVolumeGroupSnapshotRequest()));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Groups.GetVolumeGroupSnapshotAsync(new GetVolumeGroupSnapshotRequest { GroupSnapshotId = "none" }));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.GetVolumeGroupSnapshotAsync(new GetVolumeGroupSnapshotRequest { GroupSnapshotId = "g" }));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.GetVolumeGroupSnapshotAsync(Get(group).With(request => request.SnapshotIds.RemoveAt(0))));
        await Expect.StatusAsync(
            StatusCode.InvalidArgument, _host.Groups.GetVolumeGroupSnapshotAsync(Get(group).With(request => request.SnapshotIds.Add(other.Snapshots[0].SnapshotId))));
    }

    [Fact]
    public async Task GetVolumeGroupSnapshot_OfAGroupThatLostAMember_SaysWhichOne()
    {
        VolumeGroupSnapshot group = await CreateAsync("g", _one, _two);
        await _provider.DeleteSnapshotAsync(new SnapshotId(group.Snapshots[1].SnapshotId));

        Status status = await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.GetVolumeGroupSnapshotAsync(Get(group)));

        Assert.Contains(group.Snapshots[1].SnapshotId, status.Detail);
    }

    [Fact]
    public async Task DeleteVolumeGroupSnapshot_OfAGroupAndAgain_RemovesItsSnapshotsOnly()
    {
        VolumeGroupSnapshot group = await CreateAsync("g", _one, _two);
        SnapshotDescriptor alone = await _provider.CreateSnapshotAsync(new VolumeId(_one), "alone");

        await _host.Groups.DeleteVolumeGroupSnapshotAsync(Delete(group));
        await _host.Groups.DeleteVolumeGroupSnapshotAsync(Delete(group));
        await _host.Groups.DeleteVolumeGroupSnapshotAsync(new DeleteVolumeGroupSnapshotRequest { GroupSnapshotId = "none" });

        Assert.Equal(
            [alone.Id.ToString()], (await _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries.Select(entry => entry.Snapshot.SnapshotId));
    }

    [Fact]
    public async Task DeleteVolumeGroupSnapshot_WithOtherSnapshots_IsRefusedAndRemovesNothing()
    {
        VolumeGroupSnapshot group = await CreateAsync("g", _one, _two);
        SnapshotDescriptor alone = await _provider.CreateSnapshotAsync(new VolumeId(_one), "alone");

        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.DeleteVolumeGroupSnapshotAsync(new DeleteVolumeGroupSnapshotRequest()));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.DeleteVolumeGroupSnapshotAsync(Delete(group).With(request => request.SnapshotIds.Clear())));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Groups.DeleteVolumeGroupSnapshotAsync(Delete(group).With(request => request.SnapshotIds.RemoveAt(0))));
        await Expect.StatusAsync(
            StatusCode.InvalidArgument, _host.Groups.DeleteVolumeGroupSnapshotAsync(Delete(group).With(request => request.SnapshotIds.Add(alone.Id.ToString()))));

        Assert.Equal(3, (await _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries.Count);
    }

    [Fact]
    public async Task DeleteVolumeGroupSnapshot_OfAGroupThatIsHalfRemoved_RemovesTheRest()
    {
        VolumeGroupSnapshot group = await CreateAsync("g", _one, _two);
        await _provider.DeleteSnapshotAsync(new SnapshotId(group.Snapshots[0].SnapshotId));

        await _host.Groups.DeleteVolumeGroupSnapshotAsync(Delete(group));

        Assert.Empty((await _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries);
    }

    [Fact]
    public async Task DeleteVolumeGroupSnapshot_OfAGroupInUse_IsRefused()
    {
        VolumeGroupSnapshot group = await CreateAsync("g", _one, _two);
        _provider.Faults.Fail(ScriptedCall.DeleteGroup, transient: true, code: WaybillErrorCode.ProviderBusy);

        await Expect.StatusAsync(StatusCode.FailedPrecondition, _host.Groups.DeleteVolumeGroupSnapshotAsync(Delete(group)));
    }

    [Fact]
    public async Task CreateVolume_FromAMemberOfAGroup_IsMade()
    {
        VolumeGroupSnapshot group = await CreateAsync("g", _one, _two);

        CreateVolumeResponse created = await _host.Controller.CreateVolumeAsync(Requests.Create("c", 0, source: Requests.FromSnapshot(group.Snapshots[1].SnapshotId)));

        Assert.Equal(8192, created.Volume.CapacityBytes);
    }

    private static CreateVolumeGroupSnapshotRequest Create(string name, params string[] volumes) => new() { Name = name, SourceVolumeIds = { volumes } };

    private static GetVolumeGroupSnapshotRequest Get(VolumeGroupSnapshot group) =>
        new() { GroupSnapshotId = group.GroupSnapshotId, SnapshotIds = { group.Snapshots.Select(snapshot => snapshot.SnapshotId) } };

    private static DeleteVolumeGroupSnapshotRequest Delete(VolumeGroupSnapshot group) =>
        new() { GroupSnapshotId = group.GroupSnapshotId, SnapshotIds = { group.Snapshots.Select(snapshot => snapshot.SnapshotId) } };

    private async Task<VolumeGroupSnapshot> CreateAsync(string name, params string[] volumes) =>
        (await _host.Groups.CreateVolumeGroupSnapshotAsync(Create(name, volumes))).GroupSnapshot;
}
