using Grpc.Core;
using Waybill.Csi.Wire;
using ExpansionKind = Waybill.Csi.Wire.PluginCapability.Types.VolumeExpansion.Types.Type;
using ServiceKind = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.CsiModel;

internal sealed class ModelIdentity(Faults faults) : Identity.IdentityBase
{
    // A kind of a later version of the interface, which is no failure.
    private const int LaterKind = 4711;

    public override Task<GetPluginInfoResponse> GetPluginInfo(GetPluginInfoRequest request, ServerCallContext context) => Task.FromResult(
        new GetPluginInfoResponse { Name = faults.Break("csi.identity.plugin-info") ? "The model driver!" : "csi.model.example.com", VendorVersion = "1.0.0" });

    public override Task<GetPluginCapabilitiesResponse> GetPluginCapabilities(GetPluginCapabilitiesRequest request, ServerCallContext context)
    {
        GetPluginCapabilitiesResponse response = new();
        foreach (ServiceKind kind in (ServiceKind[])
            [ServiceKind.ControllerService, ServiceKind.VolumeAccessibilityConstraints, ServiceKind.GroupControllerService, ServiceKind.SnapshotMetadataService, (ServiceKind)LaterKind])
        {
            if (kind != (ServiceKind)LaterKind || !faults.BreakEverySecondTime("csi.identity.capabilities"))
            {
                response.Capabilities.Add(new PluginCapability { Service = new PluginCapability.Types.Service { Type = kind } });
            }
        }

        response.Capabilities.Add(new PluginCapability { VolumeExpansion = new PluginCapability.Types.VolumeExpansion { Type = ExpansionKind.Online } });
        return Task.FromResult(response);
    }

    public override Task<ProbeResponse> Probe(ProbeRequest request, ServerCallContext context) =>
        faults.Break("csi.identity.probe") ? throw Refused.Broken() : Task.FromResult(new ProbeResponse { Ready = true });
}
