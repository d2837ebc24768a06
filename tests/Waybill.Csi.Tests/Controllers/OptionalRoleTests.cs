using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Testing;
using ControllerType = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;
using ServiceType = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Csi.Tests.Controllers;

public sealed class OptionalRoleTests : IAsyncLifetime
{
    private readonly RichPlatform _platform = new();
    private PluginHost _host = null!;

    public async Task InitializeAsync() => _host = await PluginHost.StartAsync(_platform, plugin => plugin with { MultiNode = MultiNodeAccess.All });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Capabilities_FollowFromTheRoles()
    {
        ControllerGetCapabilitiesResponse controller = await _host.Controller.ControllerGetCapabilitiesAsync(new ControllerGetCapabilitiesRequest());
        GetPluginCapabilitiesResponse plugin = await _host.Identity.GetPluginCapabilitiesAsync(new GetPluginCapabilitiesRequest());

        Assert.Equal(
            [
                ControllerType.CreateDeleteVolume, ControllerType.PublishUnpublishVolume, ControllerType.ListVolumes, ControllerType.GetCapacity, ControllerType.CloneVolume,
                ControllerType.PublishReadonly, ControllerType.ExpandVolume, ControllerType.ListVolumesPublishedNodes, ControllerType.VolumeCondition, ControllerType.GetVolume,
                ControllerType.SingleNodeMultiWriter, ControllerType.ModifyVolume,
            ],
            controller.Capabilities.Select(capability => capability.Rpc.Type));
        Assert.Contains(plugin.Capabilities, capability => capability.Service?.Type == ServiceType.VolumeAccessibilityConstraints);
    }

    [Fact]
    public async Task GetCapacity_OfAZone_IsWhatThePlatformSays()
    {
        GetCapacityResponse response = await _host.Controller.GetCapacityAsync(new GetCapacityRequest
        {
            VolumeCapabilities = { Requests.Mount() },
            Parameters = { { "storageClass", "gold" }, { "media", "ssd" }, { "csi.storage.k8s.io/fstype", "ext4" } },
            AccessibleTopology = new Topology { Segments = { { RichPlatform.Zone, "a" } } },
        });
        GetCapacityResponse none = await _host.Controller.GetCapacityAsync(
            new GetCapacityRequest { AccessibleTopology = new Topology { Segments = { { RichPlatform.Zone, "b" } } } });

        Assert.Equal((1L << 40, 1L << 35, null), (response.AvailableCapacity, response.MaximumVolumeSize, response.MinimumVolumeSize));
        Assert.Equal(0, none.AvailableCapacity);
        Assert.Equal(("", 0, "b"), (_platform.LastQuery!.StorageClass, _platform.LastQuery.Parameters.Count, _platform.LastQuery.Place[RichPlatform.Zone]));
        await Expect.StatusAsync(
            StatusCode.InvalidArgument, _host.Controller.GetCapacityAsync(new GetCapacityRequest { VolumeCapabilities = { new VolumeCapability() } }));
    }

    [Fact]
    public async Task CreateVolume_WithPlaces_IsPutIntoThePreferredOne()
    {
        var requirement = new TopologyRequirement
        {
            Requisite = { Place("a"), Place("b") },
            Preferred = { Place("b"), Place("a") },
        };

        CreateVolumeResponse created = await _host.Controller.CreateVolumeAsync(Requests.Create("v").With(request => request.AccessibilityRequirements = requirement));

        Assert.Equal([Place("b")], created.Volume.AccessibleTopology);
        Assert.Equal($"{created.Volume.VolumeId}.example.com", created.Volume.VolumeContext["server"]);
        await Expect.StatusAsync(
            StatusCode.ResourceExhausted,
            _host.Controller.CreateVolumeAsync(Requests.Create("w").With(request => request.AccessibilityRequirements = new TopologyRequirement { Requisite = { Place("z") } })));
    }

    [Fact]
    public async Task CreateVolume_OnANodesOwnStorage_IsReachableFromThereOnly()
    {
        await using PluginHost host = await PluginHost.StartAsync(
            new ScriptedProvider(), plugin => plugin with { NodeTopology = RichPlatform.InZone("here").Add("topology.example.com/rack", "7") });

        CreateVolumeResponse created = await host.Controller.CreateVolumeAsync(
            Requests.Create("v").With(request => request.AccessibilityRequirements = new TopologyRequirement { Requisite = { Place("there"), Place("here") } }));

        Assert.Equal("here", Assert.Single(created.Volume.AccessibleTopology).Segments[RichPlatform.Zone]);
        await Expect.StatusAsync(
            StatusCode.ResourceExhausted,
            host.Controller.CreateVolumeAsync(Requests.Create("w").With(request => request.AccessibilityRequirements = new TopologyRequirement { Requisite = { Place("there") } })));
    }

    [Fact]
    public async Task CreateVolume_WithPlacesWhereThereAreNone_IsRefused()
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());

        await Expect.StatusAsync(
            StatusCode.InvalidArgument,
            host.Controller.CreateVolumeAsync(Requests.Create("v").With(request => request.AccessibilityRequirements = new TopologyRequirement { Requisite = { Place("a") } })));
    }

    [Fact]
    public async Task CreateVolume_WithMutableParameters_PrefersThem()
    {
        CreateVolumeRequest request = Requests.Create("v").With(request =>
        {
            request.Parameters.Set("iops", "100");
            request.MutableParameters.Set("iops", "200");
        });

        CreateVolumeResponse first = await _host.Controller.CreateVolumeAsync(request);

        Assert.Equal(
            first.Volume.VolumeId,
            (await _host.Controller.CreateVolumeAsync(Requests.Create("v").With(same => same.Parameters.Set("iops", "200")))).Volume.VolumeId);
    }

    [Fact]
    public async Task ControllerModifyVolume_OfAProperty_ChangesIt()
    {
        VolumeId volume = _platform.Inner.AddVolume("v", 4096);

        await _host.Controller.ControllerModifyVolumeAsync(new ControllerModifyVolumeRequest { VolumeId = volume.ToString(), MutableParameters = { { "iops", "9" } } });

        Assert.Equal("9", _platform.Modified[volume]["iops"]);
        await Expect.StatusAsync(
            StatusCode.InvalidArgument,
            _host.Controller.ControllerModifyVolumeAsync(new ControllerModifyVolumeRequest { VolumeId = volume.ToString(), MutableParameters = { { "colour", "red" } } }));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.ControllerModifyVolumeAsync(new ControllerModifyVolumeRequest { VolumeId = "none" }));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ControllerModifyVolumeAsync(new ControllerModifyVolumeRequest()));
    }

    [Fact]
    public async Task ControllerPublishVolume_AndUnpublish_AreIdempotentAndListed()
    {
        VolumeId volume = _platform.Inner.AddVolume("v", 4096);
        ControllerPublishVolumeRequest request = Publish(volume, "node-1").With(request =>
        {
            request.VolumeContext.Set("server", "s");
            request.Secrets.Set("password", "hidden");
            request.Readonly = true;
        });

        ControllerPublishVolumeResponse first = await _host.Controller.ControllerPublishVolumeAsync(request);
        ControllerPublishVolumeResponse second = await _host.Controller.ControllerPublishVolumeAsync(request);

        Assert.Equal(first, second);
        Assert.Equal($"/dev/{volume}", first.PublishContext["device"]);
        Assert.Equal(
            (true, false, false, "s", "hidden"),
            (_platform.LastPublish!.ReadOnly, _platform.LastPublish.IsMounted, _platform.LastPublish.IsShared, _platform.LastPublish.VolumeContext["server"], _platform.LastPublish.Secrets["password"]));
        Assert.DoesNotContain("hidden", _platform.LastPublish.ToString());
        Assert.Equal(["node-1"], Assert.Single((await _host.Controller.ListVolumesAsync(new ListVolumesRequest())).Entries).Status.PublishedNodeIds);
        Assert.Equal(
            ["node-1"], (await _host.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest { VolumeId = volume.ToString() })).Status.PublishedNodeIds);

        await _host.Controller.ControllerUnpublishVolumeAsync(new ControllerUnpublishVolumeRequest { VolumeId = volume.ToString() });
        await _host.Controller.ControllerUnpublishVolumeAsync(new ControllerUnpublishVolumeRequest { VolumeId = volume.ToString(), NodeId = "node-1" });
        await _host.Controller.ControllerUnpublishVolumeAsync(new ControllerUnpublishVolumeRequest { VolumeId = "none" });

        Assert.Empty(Assert.Single((await _host.Controller.ListVolumesAsync(new ListVolumesRequest())).Entries).Status.PublishedNodeIds);
    }

    [Fact]
    public async Task ControllerPublishVolume_ThatCannotBe_HasTheStatusTheSpecificationNames()
    {
        VolumeId volume = _platform.Inner.AddVolume("v", 4096);
        await _host.Controller.ControllerPublishVolumeAsync(Publish(volume, "node-1"));

        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.ControllerPublishVolumeAsync(Publish(new VolumeId("none"), "node-1")));
        await Expect.StatusAsync(StatusCode.NotFound, _host.Controller.ControllerPublishVolumeAsync(Publish(volume, "node-9")));
        await Expect.StatusAsync(StatusCode.AlreadyExists, _host.Controller.ControllerPublishVolumeAsync(Publish(volume, "node-1").With(request => request.Readonly = true)));
        Status busy = await Expect.StatusAsync(StatusCode.FailedPrecondition, _host.Controller.ControllerPublishVolumeAsync(Publish(volume, "node-2")));
        Assert.Contains("node-1", busy.Detail);
        await _host.Controller.ControllerPublishVolumeAsync(Publish(_platform.Inner.AddVolume("w", 4096), "node-1"));
        await Expect.StatusAsync(StatusCode.ResourceExhausted, _host.Controller.ControllerPublishVolumeAsync(Publish(_platform.Inner.AddVolume("x", 4096), "node-1")));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ControllerPublishVolumeAsync(Publish(volume, "")));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ControllerPublishVolumeAsync(Publish(volume, "node-1").With(request => request.VolumeId = "")));
        await Expect.StatusAsync(
            StatusCode.InvalidArgument, _host.Controller.ControllerPublishVolumeAsync(Publish(volume, "node-1").With(request => request.VolumeCapability = null)));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ControllerUnpublishVolumeAsync(new ControllerUnpublishVolumeRequest()));
    }

    [Fact]
    public async Task ControllerPublishVolume_ForSeveralNodes_IsShared()
    {
        VolumeId volume = _platform.Inner.AddVolume("v", 4096);
        ControllerPublishVolumeRequest Shared(string node) => Publish(volume, node).With(request => request.VolumeCapability = Requests.Block(Mode.MultiNodeMultiWriter));

        await _host.Controller.ControllerPublishVolumeAsync(Shared("node-1"));
        await _host.Controller.ControllerPublishVolumeAsync(Shared("node-2"));

        Assert.True(_platform.LastPublish!.IsShared);
    }

    [Fact]
    public async Task Volumes_ThatAreIll_AreListedSo()
    {
        VolumeId ill = _platform.Inner.AddVolume("v", 4096);
        VolumeId well = _platform.Inner.AddVolume("w", 4096);
        _platform.Ill[ill] = "A disk is gone.";

        Dictionary<string, VolumeCondition> listed = (await _host.Controller.ListVolumesAsync(new ListVolumesRequest())).Entries
            .ToDictionary(entry => entry.Volume.VolumeId, entry => entry.Status.VolumeCondition);
        ControllerGetVolumeResponse got = await _host.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest { VolumeId = ill.ToString() });

        Assert.Equal((true, "A disk is gone."), (listed[ill.ToString()].Abnormal, listed[ill.ToString()].Message));
        Assert.False(listed[well.ToString()].Abnormal);
        Assert.Equal(listed[ill.ToString()], got.Status.VolumeCondition);
    }

    [Fact]
    public async Task ListVolumes_WhenOneGoesMeanwhile_LeavesItOut()
    {
        _platform.Inner.AddVolume("v", 4096);
        _platform.Failure = () => new ProviderException(WaybillErrorCode.VolumeNotFound, "rich", "It is gone");

        Assert.Empty((await _host.Controller.ListVolumesAsync(new ListVolumesRequest())).Entries);
    }

    private static Topology Place(string zone) => new() { Segments = { { RichPlatform.Zone, zone } } };

    private static ControllerPublishVolumeRequest Publish(VolumeId volume, string node) =>
        new() { VolumeId = volume.ToString(), NodeId = node, VolumeCapability = Requests.Block() };
}
