using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Csi;

/// <summary>Says who the plugin is and what it offers.</summary>
internal sealed class IdentityService(PluginContext plugin) : Wire.Identity.IdentityBase
{
    private readonly Readiness _readiness = new(plugin);

    public override Task<GetPluginInfoResponse> GetPluginInfo(GetPluginInfoRequest request, ServerCallContext context) =>
        Task.FromResult(new GetPluginInfoResponse { Name = plugin.Plugin.Name, VendorVersion = plugin.Plugin.Version });

    public override Task<GetPluginCapabilitiesResponse> GetPluginCapabilities(GetPluginCapabilitiesRequest request, ServerCallContext context)
    {
        var response = new GetPluginCapabilitiesResponse();
        foreach (PluginCapability.Types.Service.Types.Type type in plugin.Capabilities.Services)
        {
            response.Capabilities.Add(new PluginCapability { Service = new PluginCapability.Types.Service { Type = type } });
        }

        if (plugin.Roles.Grows)
        {
            response.Capabilities.Add(new PluginCapability
            {
                VolumeExpansion = new PluginCapability.Types.VolumeExpansion { Type = PluginCapability.Types.VolumeExpansion.Types.Type.Online },
            });
        }

        return Task.FromResult(response);
    }

    public override async Task<ProbeResponse> Probe(ProbeRequest request, ServerCallContext context)
    {
        WaybillException? failure = await _readiness.CheckAsync(context.CancellationToken).ConfigureAwait(false);
        return failure is null || failure.IsTransient ? new ProbeResponse { Ready = failure is null } : throw CallError.FailedPrecondition(failure.ToDisplayString());
    }
}
