using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Providers;
using Waybill.Testing;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.Csi.Tests.Controllers;

public sealed class CreateVolumeTests : IAsyncLifetime
{
    private const long MiB = Requests.MiB;

    private readonly ScriptedProvider _provider = new();
    private PluginHost _host = null!;

    public async Task InitializeAsync() => _host = await PluginHost.StartAsync(_provider, plugin => plugin with { MaxVolumeLength = 1L << 40 });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task CreateVolume_Twice_IsOneVolume()
    {
        CreateVolumeResponse first = await _host.Controller.CreateVolumeAsync(Requests.Create("a"));
        CreateVolumeResponse second = await _host.Controller.CreateVolumeAsync(Requests.Create("a"));

        Assert.Equal(first, second);
        Assert.Equal(MiB, first.Volume.CapacityBytes);
        Assert.Single((await _host.Controller.ListVolumesAsync(new ListVolumesRequest())).Entries);
    }

    [Theory]
    [InlineData(0, 0, 1L << 30)]
    [InlineData(MiB, 0, MiB)]
    [InlineData(MiB, 2 * MiB, MiB)]
    [InlineData(0, 5 * MiB, 5 * MiB)]
    [InlineData(0, (5 * MiB) + 1, 5 * MiB)]
    [InlineData(0, 1L << 35, 1L << 30)]
    [InlineData(1, 0, 4096)]
    [InlineData(4097, 0, 8192)]
    [InlineData(4096, 4096, 4096)]
    [InlineData(1L << 40, 0, 1L << 40)]
    public async Task CreateVolume_OfARange_HasTheSmallestSizeThatWillDo(long required, long limit, long expected)
    {
        CreateVolumeResponse response = await _host.Controller.CreateVolumeAsync(Requests.Create("a", required, limit));

        Assert.Equal(expected, response.Volume.CapacityBytes);
    }

    [Theory]
    [InlineData(2 * MiB, MiB, StatusCode.OutOfRange)]
    [InlineData(4097, 4098, StatusCode.OutOfRange)]
    [InlineData(0, 4095, StatusCode.OutOfRange)]
    [InlineData((1L << 40) + 1, 0, StatusCode.OutOfRange)]
    [InlineData(long.MaxValue, 0, StatusCode.OutOfRange)]
    [InlineData(-1, 0, StatusCode.InvalidArgument)]
    [InlineData(0, -1, StatusCode.InvalidArgument)]
    public async Task CreateVolume_OfARangeThatCannotBe_IsRefusedAndMakesNothing(long required, long limit, StatusCode code)
    {
        await Expect.StatusAsync(code, _host.Controller.CreateVolumeAsync(Requests.Create("a", required, limit)));

        Assert.Equal(0, _provider.Faults.CountOf(ScriptedCall.CreateVolume));
    }

    [Fact]
    public async Task CreateVolume_OfTheSameNameWithAnotherSize_AlreadyExists()
    {
        await _host.Controller.CreateVolumeAsync(Requests.Create("a"));

        Status status = await Expect.StatusAsync(StatusCode.AlreadyExists, _host.Controller.CreateVolumeAsync(Requests.Create("a", 2 * MiB)));

        Assert.StartsWith("WB3008: ", status.Detail, StringComparison.Ordinal);
        await Expect.StatusAsync(StatusCode.AlreadyExists, _host.Controller.CreateVolumeAsync(Requests.Create("a", 4096, 8192)));
    }

    [Fact]
    public async Task CreateVolume_OfTheSameNameWithARangeThatFits_IsTheSameVolume()
    {
        CreateVolumeResponse first = await _host.Controller.CreateVolumeAsync(Requests.Create("a", 4 * MiB));

        CreateVolumeResponse second = await _host.Controller.CreateVolumeAsync(Requests.Create("a", MiB, 8 * MiB));

        Assert.Equal(first.Volume.VolumeId, second.Volume.VolumeId);
    }

    [Fact]
    public async Task CreateVolume_OfTheSameNameWithARangeThatFitsAndOtherParameters_AlreadyExists()
    {
        await _host.Controller.CreateVolumeAsync(Requests.Create("a", 4 * MiB));

        await Expect.StatusAsync(
            StatusCode.AlreadyExists,
            _host.Controller.CreateVolumeAsync(Requests.Create("a", MiB, 8 * MiB).With(request => request.Parameters.Set("media", "ssd"))));
    }

    [Fact]
    public async Task CreateVolume_WithParameters_GivesTheProviderItsOwn()
    {
        CreateVolumeRequest request = Requests.Create("a").With(request =>
        {
            request.Parameters.Set("storageClass", "gold");
            request.Parameters.Set("media", "ssd");
            request.Parameters.Set("csi.storage.k8s.io/pvc/name", "claim");
        });

        CreateVolumeResponse created = await _host.Controller.CreateVolumeAsync(request);

        var same = new VolumeCreateRequest("a", MiB) { StorageClass = "gold", Parameters = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add("media", "ssd") };
        Assert.Equal(created.Volume.VolumeId, (await _provider.CreateVolumeAsync(same)).Id.ToString());
    }

    [Fact]
    public async Task CreateVolume_WithMutableParametersNobodyTakes_IsRefused() =>
        await Expect.StatusAsync(
            StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("a").With(request => request.MutableParameters.Set("iops", "5"))));

    [Fact]
    public async Task CreateVolume_WithoutName_IsRefused() =>
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("")));

    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("\u007f")]
    [InlineData("\u009f")]
    public async Task CreateVolume_WithControlCharactersInItsName_IsRefused(string name) =>
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create(name)));

    [Fact]
    public async Task CreateVolume_WithTheLongestName_IsMade()
    {
        string name = string.Concat(Enumerable.Repeat("ä", 64));

        CreateVolumeResponse response = await _host.Controller.CreateVolumeAsync(Requests.Create(name));

        Assert.NotEmpty(response.Volume.VolumeId);
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create(name + "a")));
    }

    [Fact]
    public async Task CreateVolume_WithoutCapabilities_IsRefused() =>
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("a").With(request => request.VolumeCapabilities.Clear())));

    [Fact]
    public async Task CreateVolume_WithACapabilityThatSaysNothing_IsRefused()
    {
        VolumeCapability noType = Requests.Block().With(use => use.ClearAccessType());
        VolumeCapability noMode = Requests.Block().With(use => use.AccessMode = null);

        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("a", uses: noType)));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("a", uses: noMode)));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("a", uses: Requests.Block(Mode.Unknown))));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("a", uses: Requests.Block((Mode)99))));
    }

    [Theory]
    [InlineData(nameof(Mode.SingleNodeWriter))]
    [InlineData(nameof(Mode.SingleNodeReaderOnly))]
    [InlineData(nameof(Mode.SingleNodeSingleWriter))]
    [InlineData(nameof(Mode.SingleNodeMultiWriter))]
    public async Task CreateVolume_ForOneNode_IsMadeForBlocksAndMounts(string mode)
    {
        await _host.Controller.CreateVolumeAsync(Requests.Create("a", uses: Requests.Block(Enum.Parse<Mode>(mode))));
        await _host.Controller.CreateVolumeAsync(Requests.Create("b", uses: Requests.Mount(Enum.Parse<Mode>(mode))));
    }

    [Theory]
    [InlineData(nameof(Mode.MultiNodeReaderOnly))]
    [InlineData(nameof(Mode.MultiNodeSingleWriter))]
    [InlineData(nameof(Mode.MultiNodeMultiWriter))]
    public async Task CreateVolume_ForSeveralNodes_IsRefusedWhereThePlatformCannot(string mode) =>
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("a", uses: [Requests.Block(), Requests.Block(Enum.Parse<Mode>(mode))])));

    [Theory]
    [InlineData(MultiNodeAccess.All, nameof(Mode.MultiNodeMultiWriter), false, true)]
    [InlineData(MultiNodeAccess.All, nameof(Mode.MultiNodeMultiWriter), true, false)]
    [InlineData(MultiNodeAccess.All, nameof(Mode.MultiNodeSingleWriter), true, false)]
    [InlineData(MultiNodeAccess.All, nameof(Mode.MultiNodeReaderOnly), true, true)]
    [InlineData(MultiNodeAccess.Readers, nameof(Mode.MultiNodeReaderOnly), false, true)]
    [InlineData(MultiNodeAccess.Readers, nameof(Mode.MultiNodeSingleWriter), false, false)]
    [InlineData(MultiNodeAccess.SingleWriter, nameof(Mode.MultiNodeSingleWriter), false, true)]
    [InlineData(MultiNodeAccess.SingleWriter, nameof(Mode.MultiNodeMultiWriter), false, false)]
    public async Task CreateVolume_ForSeveralNodes_IsMadeWhereThePlatformCanAndItIsSafe(MultiNodeAccess access, string mode, bool mounted, bool isMade)
    {
        await using PluginHost host = await PluginHost.StartAsync(_provider, plugin => plugin with { MultiNode = access });
        CreateVolumeRequest request = Requests.Create("shared", uses: mounted ? Requests.Mount(Enum.Parse<Mode>(mode)) : Requests.Block(Enum.Parse<Mode>(mode)));

        if (isMade)
        {
            await host.Controller.CreateVolumeAsync(request);
        }
        else
        {
            await Expect.StatusAsync(StatusCode.InvalidArgument, host.Controller.CreateVolumeAsync(request));
        }
    }

    [Fact]
    public async Task CreateVolume_ToBeMountedFromATreePlatform_IsATree()
    {
        await using PluginHost host = await PluginHost.StartAsync(_provider, plugin => plugin with { MountedKind = VolumeKind.FileTree });

        CreateVolumeResponse created = await host.Controller.CreateVolumeAsync(Requests.Create("t", uses: Requests.Mount()));

        Assert.Equal(VolumeKind.FileTree, (await _provider.FindVolumeAsync(new VolumeId(created.Volume.VolumeId)))!.Kind);
        await Expect.StatusAsync(StatusCode.InvalidArgument, host.Controller.CreateVolumeAsync(Requests.Create("u", uses: [Requests.Mount(), Requests.Block()])));
        ValidateVolumeCapabilitiesResponse asBlocks = await host.Controller.ValidateVolumeCapabilitiesAsync(
            new ValidateVolumeCapabilitiesRequest { VolumeId = created.Volume.VolumeId, VolumeCapabilities = { Requests.Block() } });
        Assert.Null(asBlocks.Confirmed);
    }

    [Fact]
    public async Task CreateVolume_FromASnapshot_HoldsWhatItHeld()
    {
        VolumeId original = _provider.AddVolume("o", MiB);
        _provider.GetDisk(original).Write(8192, "before"u8);
        CreateSnapshotResponse snapshot = await _host.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = "s", SourceVolumeId = original.ToString() });
        _provider.GetDisk(original).Write(8192, "after!"u8);
        VolumeContentSource source = Requests.FromSnapshot(snapshot.Snapshot.SnapshotId);

        CreateVolumeResponse created = await _host.Controller.CreateVolumeAsync(Requests.Create("c", 2 * MiB, source: source));

        byte[] content = new byte[6];
        _provider.GetDisk(new VolumeId(created.Volume.VolumeId)).Read(8192, content);
        Assert.Equal("before"u8.ToArray(), content);
        Assert.Equal(source, created.Volume.ContentSource);
        Assert.Equal(2 * MiB, created.Volume.CapacityBytes);
        Assert.Equal(created, await _host.Controller.CreateVolumeAsync(Requests.Create("c", 2 * MiB, source: source)));
    }

    [Fact]
    public async Task CreateVolume_FromAVolume_HoldsWhatItHolds()
    {
        VolumeId original = _provider.AddVolume("o", 3 * MiB);
        _provider.GetDisk(original).Write(0, "content"u8);

        CreateVolumeResponse created = await _host.Controller.CreateVolumeAsync(Requests.Create("c", 0, source: Requests.FromVolume(original.ToString())));

        byte[] content = new byte[7];
        _provider.GetDisk(new VolumeId(created.Volume.VolumeId)).Read(0, content);
        Assert.Equal("content"u8.ToArray(), content);
        Assert.Equal(3 * MiB, created.Volume.CapacityBytes);
    }

    [Fact]
    public async Task CreateVolume_FromALargerSource_IsAsLargeAsItOrRefused()
    {
        VolumeContentSource source = Requests.FromVolume(_provider.AddVolume("o", 3 * MiB).ToString());

        CreateVolumeResponse created = await _host.Controller.CreateVolumeAsync(Requests.Create("c", MiB, source: source));

        Assert.Equal(3 * MiB, created.Volume.CapacityBytes);
        await Expect.StatusAsync(StatusCode.OutOfRange, _host.Controller.CreateVolumeAsync(Requests.Create("d", MiB, 2 * MiB, source)));
    }

    [Fact]
    public async Task CreateVolume_FromWhatIsNotThere_IsNotFound()
    {
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.CreateVolumeAsync(Requests.Create("c", source: Requests.FromSnapshot("none"))));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.CreateVolumeAsync(Requests.Create("c", source: Requests.FromVolume("none"))));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("c", source: Requests.FromVolume(""))));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("c", source: new VolumeContentSource())));
    }

    [Fact]
    public async Task CreateVolume_FromASourceOfAnotherKind_IsRefused()
    {
        VolumeId tree = _provider.AddVolume("t", kind: VolumeKind.FileTree);

        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.CreateVolumeAsync(Requests.Create("c", source: Requests.FromVolume(tree.ToString()))));
    }

    [Fact]
    public async Task CreateVolume_FromAVolumeWhereCloningIsWithheld_IsRefused()
    {
        VolumeId original = _provider.AddVolume("o", MiB);
        await using PluginHost host = await PluginHost.StartAsync(_provider, plugin => plugin with { Without = CsiFeatures.Cloning | CsiFeatures.Snapshots });

        await Expect.StatusAsync(StatusCode.InvalidArgument, host.Controller.CreateVolumeAsync(Requests.Create("c", source: Requests.FromVolume(original.ToString()))));
        await Expect.StatusAsync(StatusCode.InvalidArgument, host.Controller.CreateVolumeAsync(Requests.Create("c", source: Requests.FromSnapshot("s"))));
    }

    [Theory]
    [InlineData(WaybillErrorCode.NoSpace, false, StatusCode.ResourceExhausted)]
    [InlineData(WaybillErrorCode.ProviderFailed, false, StatusCode.Internal)]
    [InlineData(WaybillErrorCode.ProviderFailed, true, StatusCode.Unavailable)]
    [InlineData(WaybillErrorCode.ProviderBusy, true, StatusCode.Unavailable)]
    [InlineData(WaybillErrorCode.ProviderUnsupported, false, StatusCode.InvalidArgument)]
    public async Task CreateVolume_WhenThePlatformFails_HasItsStatusAndCode(WaybillErrorCode failure, bool transient, StatusCode code)
    {
        _provider.Faults.Fail(ScriptedCall.CreateVolume, transient: transient, code: failure);

        Status status = await Expect.StatusAsync(code, _host.Controller.CreateVolumeAsync(Requests.Create("a")));

        Assert.StartsWith($"WB{(int)failure}: ", status.Detail, StringComparison.Ordinal);
        await _host.Controller.CreateVolumeAsync(Requests.Create("a"));
    }

    [Fact]
    public async Task CreateVolume_OfOneNameTwiceAtOnce_TurnsTheSecondAway()
    {
        using var gate = new CallGate(_provider, ScriptedCall.CreateVolume);
        AsyncUnaryCall<CreateVolumeResponse> first = _host.Controller.CreateVolumeAsync(Requests.Create("a"));
        await gate.Entered;

        await Expect.StatusAsync(StatusCode.Aborted, _host.Controller.CreateVolumeAsync(Requests.Create("a")));
        AsyncUnaryCall<CreateVolumeResponse> other = _host.Controller.CreateVolumeAsync(Requests.Create("b"));
        gate.Open();

        string id = (await first).Volume.VolumeId;
        Assert.NotEqual(id, (await other).Volume.VolumeId);
        Assert.Equal(id, (await _host.Controller.CreateVolumeAsync(Requests.Create("a"))).Volume.VolumeId);
    }

    [Fact]
    public async Task CreateVolume_OfOneNameManyTimesAtOnce_IsOneVolume()
    {
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
        {
            while (true)
            {
                try
                {
                    return (await _host.Controller.CreateVolumeAsync(Requests.Create("a"))).Volume.VolumeId;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Aborted)
                {
                    await Task.Yield();
                }
            }
        }));

        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task CreateVolume_ThatItsCallerGivesUp_StopsAndLeavesTheNameFree()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _provider.Faults.BeforeCall = async (call, cancellationToken) =>
        {
            if (call == ScriptedCall.CreateVolume)
            {
                using CancellationTokenRegistration noted = cancellationToken.Register(() => cancelled.TrySetResult());
                entered.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        };
        using var caller = new CancellationTokenSource();
        AsyncUnaryCall<CreateVolumeResponse> call = _host.Controller.CreateVolumeAsync(Requests.Create("a"), cancellationToken: caller.Token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30));

        await caller.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _provider.Faults.BeforeCall = null;
        await Eventually.SucceedsAsync(() => _host.Controller.CreateVolumeAsync(Requests.Create("a")).ResponseAsync, StatusCode.Aborted);
    }
}
