using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Providers;
using Waybill.Testing;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.Csi.Tests.Controllers;

public sealed class VolumeTests : IAsyncLifetime
{
    private const long MiB = Requests.MiB;

    private readonly ScriptedProvider _provider = new();
    private PluginHost _host = null!;
    private string _volume = "";

    public async Task InitializeAsync()
    {
        _host = await PluginHost.StartAsync(_provider);
        _volume = _provider.AddVolume("v", MiB).ToString();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task DeleteVolume_OfAVolumeAndAgain_Succeeds()
    {
        await _host.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = _volume });
        await _host.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = _volume });

        Assert.Empty((await _host.Controller.ListVolumesAsync(new ListVolumesRequest())).Entries);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("no\nvolume")]
    public async Task DeleteVolume_OfWhatIsNotThere_Succeeds(string id) => await _host.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = id });

    [Fact]
    public async Task DeleteVolume_WithoutId_IsRefused() =>
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.DeleteVolumeAsync(new DeleteVolumeRequest()));

    [Fact]
    public async Task DeleteVolume_OfOneInUse_IsRefused()
    {
        await using BlockWriter writer = await _provider.OpenWriteAsync(new VolumeId(_volume));

        Status status = await Expect.StatusAsync(StatusCode.FailedPrecondition, _host.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = _volume }));

        Assert.StartsWith("WB3005: ", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteVolume_WhileItGrows_IsTurnedAway()
    {
        using var gate = new CallGate(_provider, ScriptedCall.GrowVolume);
        AsyncUnaryCall<ControllerExpandVolumeResponse> growing = _host.Controller.ControllerExpandVolumeAsync(Expand(2 * MiB));
        await gate.Entered;

        await Expect.StatusAsync(StatusCode.Aborted, _host.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = _volume }));
        await Expect.StatusAsync(StatusCode.Aborted, _host.Controller.ControllerExpandVolumeAsync(Expand(2 * MiB)));
        gate.Open();

        Assert.Equal(2 * MiB, (await growing).CapacityBytes);
    }

    [Fact]
    public async Task ControllerExpandVolume_OfAVolume_GrowsItOnceAndNeedsItsNode()
    {
        ControllerExpandVolumeResponse first = await _host.Controller.ControllerExpandVolumeAsync(Expand((2 * MiB) - 5));
        ControllerExpandVolumeResponse second = await _host.Controller.ControllerExpandVolumeAsync(Expand(MiB));

        Assert.Equal((2 * MiB, true), (first.CapacityBytes, first.NodeExpansionRequired));
        Assert.Equal(first, second);
        Assert.Equal(1, _provider.Faults.CountOf(ScriptedCall.GrowVolume));
    }

    [Theory]
    [InlineData(0, 0, StatusCode.InvalidArgument)]
    [InlineData(-1, 0, StatusCode.InvalidArgument)]
    [InlineData(2 * MiB, MiB, StatusCode.OutOfRange)]
    [InlineData(0, MiB / 2, StatusCode.OutOfRange)]
    [InlineData((2 * MiB) + 1, (2 * MiB) + 2, StatusCode.OutOfRange)]
    [InlineData(long.MaxValue, 0, StatusCode.OutOfRange)]
    public async Task ControllerExpandVolume_ToASizeThatCannotBe_IsRefused(long required, long limit, StatusCode code) =>
        await Expect.StatusAsync(code, _host.Controller.ControllerExpandVolumeAsync(Expand(required, limit)));

    [Fact]
    public async Task ControllerExpandVolume_WithWhatIsMissingOrWrong_IsRefused()
    {
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ControllerExpandVolumeAsync(Expand(MiB).With(request => request.VolumeId = "")));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ControllerExpandVolumeAsync(Expand(MiB).With(request => request.CapacityRange = null)));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.ControllerExpandVolumeAsync(Expand(MiB).With(request => request.VolumeId = "none")));
        await Expect.StatusAsync(
            StatusCode.InvalidArgument,
            _host.Controller.ControllerExpandVolumeAsync(Expand(MiB).With(request => request.VolumeCapability = Requests.Block(Mode.MultiNodeMultiWriter))));
    }

    [Fact]
    public async Task ControllerExpandVolume_OfATree_NeedsNothing()
    {
        string tree = _provider.AddVolume("t", kind: VolumeKind.FileTree).ToString();

        ControllerExpandVolumeResponse response = await _host.Controller.ControllerExpandVolumeAsync(Expand(MiB).With(request => request.VolumeId = tree));

        Assert.Equal((MiB, false), (response.CapacityBytes, response.NodeExpansionRequired));
    }

    [Fact]
    public async Task ControllerGetVolume_OfAVolume_DescribesIt()
    {
        ControllerGetVolumeResponse response = await _host.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest { VolumeId = _volume });

        Assert.Equal((_volume, MiB), (response.Volume.VolumeId, response.Volume.CapacityBytes));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest { VolumeId = "none" }));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest()));
    }

    [Fact]
    public async Task ValidateVolumeCapabilities_ThatAreSupported_AreConfirmed()
    {
        var request = new ValidateVolumeCapabilitiesRequest { VolumeId = _volume, VolumeCapabilities = { Requests.Block(), Requests.Mount(Mode.SingleNodeSingleWriter) } };

        ValidateVolumeCapabilitiesResponse response = await _host.Controller.ValidateVolumeCapabilitiesAsync(request);

        Assert.Equal(request.VolumeCapabilities, response.Confirmed.VolumeCapabilities);
        Assert.Empty(response.Message);
    }

    [Fact]
    public async Task ValidateVolumeCapabilities_ThatAreNot_SaysWhy()
    {
        ValidateVolumeCapabilitiesResponse response = await _host.Controller.ValidateVolumeCapabilitiesAsync(
            new ValidateVolumeCapabilitiesRequest { VolumeId = _volume, VolumeCapabilities = { Requests.Block(), Requests.Block(Mode.MultiNodeMultiWriter) } });
        ValidateVolumeCapabilitiesResponse context = await _host.Controller.ValidateVolumeCapabilitiesAsync(
            new ValidateVolumeCapabilitiesRequest { VolumeId = _volume, VolumeCapabilities = { Requests.Block() }, VolumeContext = { { "of", "another" } } });

        Assert.Null(response.Confirmed);
        Assert.Contains("MultiNodeMultiWriter", response.Message);
        Assert.Null(context.Confirmed);
        Assert.Contains("volume_context", context.Message);
    }

    [Fact]
    public async Task ValidateVolumeCapabilities_WithWhatIsMissing_IsRefused()
    {
        await Expect.StatusAsync(
            StatusCode.InvalidArgument,
            _host.Controller.ValidateVolumeCapabilitiesAsync(new ValidateVolumeCapabilitiesRequest { VolumeCapabilities = { Requests.Block() } }));
        await Expect.StatusAsync(
            StatusCode.InvalidArgument, _host.Controller.ValidateVolumeCapabilitiesAsync(new ValidateVolumeCapabilitiesRequest { VolumeId = _volume }));
        await Expect.StatusAsync(
            StatusCode.NotFound,
            _host.Controller.ValidateVolumeCapabilitiesAsync(new ValidateVolumeCapabilitiesRequest { VolumeId = "none", VolumeCapabilities = { Requests.Block() } }));
    }

    private ControllerExpandVolumeRequest Expand(long required, long limit = 0) =>
        new() { VolumeId = _volume, CapacityRange = new CapacityRange { RequiredBytes = required, LimitBytes = limit } };
}
