using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Controllers;

public sealed class SnapshotTests : IAsyncLifetime
{
    private readonly ScriptedProvider _provider = new(new ScriptedProviderOptions { TimeProvider = new ManualTimeProvider() });
    private PluginHost _host = null!;
    private string _volume = "";

    public async Task InitializeAsync()
    {
        _host = await PluginHost.StartAsync(_provider);
        _volume = _provider.AddVolume("v", Requests.MiB).ToString();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task CreateSnapshot_Twice_IsOneSnapshot()
    {
        CreateSnapshotResponse first = await _host.Controller.CreateSnapshotAsync(Create("s"));
        CreateSnapshotResponse second = await _host.Controller.CreateSnapshotAsync(Create("s"));

        Assert.Equal(first, second);
        Assert.Equal((_volume, Requests.MiB, true, ""), (first.Snapshot.SourceVolumeId, first.Snapshot.SizeBytes, first.Snapshot.ReadyToUse, first.Snapshot.GroupSnapshotId));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), first.Snapshot.CreationTime.ToDateTimeOffset());
    }

    [Fact]
    public async Task CreateSnapshot_OfTheSameNameOfAnotherVolume_AlreadyExists()
    {
        await _host.Controller.CreateSnapshotAsync(Create("s"));
        string other = _provider.AddVolume("w", Requests.MiB).ToString();

        Status status = await Expect.StatusAsync(StatusCode.AlreadyExists, _host.Controller.CreateSnapshotAsync(Create("s", other)));

        Assert.StartsWith("WB3003: ", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateSnapshot_WithWhatIsMissingOrWrong_IsRefused()
    {
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateSnapshotAsync(Create("")));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateSnapshotAsync(Create("s", "")));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.CreateSnapshotAsync(Create("s", "none")));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.CreateSnapshotAsync(Create("s", "no\tvolume")));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateSnapshotAsync(Create("s").With(request => request.Parameters.Set("what", "ever"))));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateSnapshotAsync(Create(new string('s', 129))));
    }

    [Fact]
    public async Task CreateSnapshot_WithTheLongestNameAndWhatKubernetesAdds_IsTaken()
    {
        CreateSnapshotRequest request = Create(new string('s', 128)).With(request => request.Parameters.Set("csi.storage.k8s.io/volumesnapshot/name", "n"));

        Assert.NotEmpty((await _host.Controller.CreateSnapshotAsync(request)).Snapshot.SnapshotId);
    }

    [Fact]
    public async Task CreateSnapshot_OfOneNameTwiceAtOnce_TurnsTheSecondAway()
    {
        using var gate = new CallGate(_provider, ScriptedCall.CreateSnapshot);
        AsyncUnaryCall<CreateSnapshotResponse> first = _host.Controller.CreateSnapshotAsync(Create("s"));
        await gate.Entered;

        await Expect.StatusAsync(StatusCode.Aborted, _host.Controller.CreateSnapshotAsync(Create("s")));
        gate.Open();

        Assert.NotEmpty((await first).Snapshot.SnapshotId);
    }

    [Fact]
    public async Task CreateSnapshot_WithoutRoom_IsExhausted()
    {
        _provider.Faults.Fail(ScriptedCall.CreateSnapshot, code: WaybillErrorCode.NoSpace);

        await Expect.StatusAsync(StatusCode.ResourceExhausted, _host.Controller.CreateSnapshotAsync(Create("s")));
    }

    [Fact]
    public async Task DeleteSnapshot_OfASnapshotAndAgain_Succeeds()
    {
        string id = await TakeAsync("s");

        await _host.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = id });
        await _host.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = id });

        Assert.Empty((await _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries);
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest()));
    }

    [Fact]
    public async Task DeleteSnapshot_OfOneInUse_IsRefused()
    {
        string id = await TakeAsync("s");
        _provider.Faults.Fail(ScriptedCall.DeleteSnapshot, code: WaybillErrorCode.ProviderBusy, transient: true);

        await Expect.StatusAsync(StatusCode.FailedPrecondition, _host.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = id }));
    }

    [Fact]
    public async Task DeleteSnapshot_OfAMemberOfAGroup_IsRefused()
    {
        CreateVolumeGroupSnapshotResponse group = await _host.Groups.CreateVolumeGroupSnapshotAsync(
            new CreateVolumeGroupSnapshotRequest { Name = "g", SourceVolumeIds = { _volume } });
        string member = group.GroupSnapshot.Snapshots[0].SnapshotId;

        Status status = await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = member }));

        Assert.Contains("group g", status.Detail);
        Assert.NotNull(await _provider.FindSnapshotAsync(new SnapshotId(member)));
    }

    [Fact]
    public async Task GetSnapshot_OfASnapshot_DescribesIt()
    {
        string id = await TakeAsync("s");

        GetSnapshotResponse response = await _host.Controller.GetSnapshotAsync(new GetSnapshotRequest { SnapshotId = id });

        Assert.Equal((id, _volume), (response.Snapshot.SnapshotId, response.Snapshot.SourceVolumeId));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.GetSnapshotAsync(new GetSnapshotRequest { SnapshotId = "none" }));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.GetSnapshotAsync(new GetSnapshotRequest()));
    }

    [Fact]
    public async Task ListSnapshots_WithFilters_ListsWhatMatchesThem()
    {
        string one = await TakeAsync("s1");
        string two = await TakeAsync("s2");
        string other = _provider.AddVolume("w", Requests.MiB).ToString();
        string three = (await _host.Controller.CreateSnapshotAsync(Create("s3", other))).Snapshot.SnapshotId;

        Assert.Equal([one, two, three], await ListAsync(new ListSnapshotsRequest()));
        Assert.Equal([one, two], await ListAsync(new ListSnapshotsRequest { SourceVolumeId = _volume }));
        Assert.Equal([two], await ListAsync(new ListSnapshotsRequest { SnapshotId = two }));
        Assert.Equal([two], await ListAsync(new ListSnapshotsRequest { SnapshotId = two, SourceVolumeId = _volume }));
        Assert.Empty(await ListAsync(new ListSnapshotsRequest { SnapshotId = two, SourceVolumeId = other }));
        Assert.Empty(await ListAsync(new ListSnapshotsRequest { SnapshotId = "none" }));
        Assert.Empty(await ListAsync(new ListSnapshotsRequest { SourceVolumeId = "none" }));
        Assert.Empty(await ListAsync(new ListSnapshotsRequest { SourceVolumeId = "no\nvolume" }));
    }

    private async Task<string[]> ListAsync(ListSnapshotsRequest request) =>
        [.. (await _host.Controller.ListSnapshotsAsync(request)).Entries.Select(entry => entry.Snapshot.SnapshotId).Order(StringComparer.Ordinal)];

    private async Task<string> TakeAsync(string name) => (await _host.Controller.CreateSnapshotAsync(Create(name))).Snapshot.SnapshotId;

    private CreateSnapshotRequest Create(string name, string? volume = null) => new() { Name = name, SourceVolumeId = volume ?? _volume };
}
