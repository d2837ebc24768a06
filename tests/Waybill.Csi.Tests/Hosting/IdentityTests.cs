using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Testing;
using ControllerType = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using ServiceType = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Csi.Tests.Hosting;

public sealed class IdentityTests
{
    [Fact]
    public async Task GetPluginInfo_SaysNameAndVersion()
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());

        GetPluginInfoResponse info = await host.Identity.GetPluginInfoAsync(new GetPluginInfoRequest());

        Assert.Equal(("csi.example.com", "1.2.3"), (info.Name, info.VendorVersion));
    }

    [Fact]
    public async Task GetPluginCapabilities_OfAProviderWithEveryRole_NamesEveryService()
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());

        GetPluginCapabilitiesResponse response = await host.Identity.GetPluginCapabilitiesAsync(new GetPluginCapabilitiesRequest());

        Assert.Equal(
            [ServiceType.ControllerService, ServiceType.GroupControllerService, ServiceType.SnapshotMetadataService],
            response.Capabilities.Where(capability => capability.Service is not null).Select(capability => capability.Service.Type));
        Assert.Equal(
            [PluginCapability.Types.VolumeExpansion.Types.Type.Online],
            response.Capabilities.Where(capability => capability.VolumeExpansion is not null).Select(capability => capability.VolumeExpansion.Type));
    }

    [Fact]
    public async Task Capabilities_OfAProviderThatOnlyReads_AreFew()
    {
        await using PluginHost host = await PluginHost.StartAsync(new ReadOnlyPlatform());

        GetPluginCapabilitiesResponse plugin = await host.Identity.GetPluginCapabilitiesAsync(new GetPluginCapabilitiesRequest());
        ControllerGetCapabilitiesResponse controller = await host.Controller.ControllerGetCapabilitiesAsync(new ControllerGetCapabilitiesRequest());

        Assert.Equal([ServiceType.ControllerService], plugin.Capabilities.Select(capability => capability.Service?.Type ?? ServiceType.Unknown));
        Assert.Equal(
            [ControllerType.ListVolumes, ControllerType.GetVolume, ControllerType.SingleNodeMultiWriter],
            controller.Capabilities.Select(capability => capability.Rpc.Type));
        await Expect.StatusAsync(StatusCode.Unimplemented, host.Controller.CreateVolumeAsync(Requests.Create("v")));
        await Expect.StatusAsync(StatusCode.Unimplemented, host.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = "s", SourceVolumeId = "v" }));
        await Expect.StatusAsync(StatusCode.Unimplemented, host.Controller.GetCapacityAsync(new GetCapacityRequest()));
        await Expect.StatusAsync(StatusCode.Unimplemented, host.Groups.GroupControllerGetCapabilitiesAsync(new GroupControllerGetCapabilitiesRequest()));
    }

    [Fact]
    public async Task Capabilities_WithheldFromAProviderThatHasThem_AreNotOffered()
    {
        const CsiFeatures All = CsiFeatures.Snapshots | CsiFeatures.Cloning | CsiFeatures.Expansion | CsiFeatures.SingleLookup;
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider(), plugin => plugin with { Without = All });

        GetPluginCapabilitiesResponse plugin = await host.Identity.GetPluginCapabilitiesAsync(new GetPluginCapabilitiesRequest());
        ControllerGetCapabilitiesResponse controller = await host.Controller.ControllerGetCapabilitiesAsync(new ControllerGetCapabilitiesRequest());

        Assert.Equal([ServiceType.ControllerService], plugin.Capabilities.Select(capability => capability.Service?.Type ?? ServiceType.Unknown));
        Assert.Equal(
            [ControllerType.CreateDeleteVolume, ControllerType.ListVolumes, ControllerType.SingleNodeMultiWriter],
            controller.Capabilities.Select(capability => capability.Rpc.Type));
        await Expect.StatusAsync(StatusCode.Unimplemented, host.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { VolumeId = "v" }));
        await Expect.StatusAsync(StatusCode.Unimplemented, host.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest { VolumeId = "v" }));
    }

    [Fact]
    public async Task Probe_OfAPlatformThatAnswers_IsReadyAfterOneQuestion()
    {
        var provider = new ScriptedProvider();
        await using PluginHost host = await PluginHost.StartAsync(provider);

        ProbeResponse response = await host.Identity.ProbeAsync(new ProbeRequest());

        Assert.True(response.Ready);
        Assert.Equal(1, provider.Faults.CountOf(ScriptedCall.FindVolume));
        Assert.Equal(0, provider.Faults.CountOf(ScriptedCall.ListVolumes));
    }

    [Fact]
    public async Task Probe_OfAPlatformThatIsBusy_IsNotReady()
    {
        var provider = new ScriptedProvider();
        provider.Faults.Fail(ScriptedCall.FindVolume, transient: true);
        await using PluginHost host = await PluginHost.StartAsync(provider);

        Assert.False((await host.Identity.ProbeAsync(new ProbeRequest())).Ready);
    }

    [Fact]
    public async Task Probe_OfAPlatformThatFails_FailsWithItsCode()
    {
        var provider = new ScriptedProvider();
        provider.Faults.Fail(ScriptedCall.FindVolume);
        await using PluginHost host = await PluginHost.StartAsync(provider);

        Status status = await Expect.StatusAsync(StatusCode.FailedPrecondition, host.Identity.ProbeAsync(new ProbeRequest()));

        Assert.StartsWith("WB3010: ", status.Detail, StringComparison.Ordinal);
    }
}
