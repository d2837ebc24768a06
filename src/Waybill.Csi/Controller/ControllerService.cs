using System.Collections.Immutable;
using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>Makes, removes, grows, publishes and lists volumes and snapshots.</summary>
internal sealed partial class ControllerService(PluginContext plugin) : Controller.ControllerBase
{
    private const string VolumeName = "volume named";
    private const string VolumeObject = "volume";
    private const string SnapshotName = "snapshot named";
    private const string SnapshotObject = "snapshot";

    private readonly CapabilityCheck _uses = new(plugin.Plugin);
    private readonly WireVolumes _volumes = new(plugin);

    private IVolumeProvider Provider => plugin.Roles.Provider ?? throw CallError.Unimplemented("the controller service");

    private IVolumeProvisioner Provisioner => plugin.Roles.Provisioner ?? throw CallError.Unimplemented("making, growing and removing volumes");

    private ISnapshotProvider Snapshots => plugin.Roles.Snapshots ?? throw CallError.Unimplemented("snapshots");

    public override Task<ControllerGetCapabilitiesResponse> ControllerGetCapabilities(ControllerGetCapabilitiesRequest request, ServerCallContext context)
    {
        var response = new ControllerGetCapabilitiesResponse();
        response.Capabilities.Add(plugin.Capabilities.Controller.Select(static type =>
            new ControllerServiceCapability { Rpc = new ControllerServiceCapability.Types.RPC { Type = type } }));
        return Task.FromResult(response);
    }

    public override async Task<ValidateVolumeCapabilitiesResponse> ValidateVolumeCapabilities(
        ValidateVolumeCapabilitiesRequest request, ServerCallContext context)
    {
        VolumeId? id = RequiredFields.Volume(request.VolumeId);
        RequiredFields.List(request.VolumeCapabilities, "volume_capabilities");
        CapabilityCheck.ThrowIfMalformed(request.VolumeCapabilities);
        VolumeDescriptor volume = await RequireVolumeAsync(id, request.VolumeId, context.CancellationToken).ConfigureAwait(false);
        string? obstacle = _uses.FindObstacle(request.VolumeCapabilities, volume.Kind)
            ?? (request.VolumeContext.Count > 0 && !IsContextOf(volume, request) ? "volume_context is not that of this volume." : null);
        if (obstacle is not null)
        {
            return new ValidateVolumeCapabilitiesResponse { Message = obstacle };
        }

        // What the volume was made with is not known any more, so parameters are not confirmed.
        var confirmed = new ValidateVolumeCapabilitiesResponse.Types.Confirmed();
        confirmed.VolumeContext.Add(request.VolumeContext);
        confirmed.VolumeCapabilities.Add(request.VolumeCapabilities);
        return new ValidateVolumeCapabilitiesResponse { Confirmed = confirmed };
    }

    public override async Task<ListVolumesResponse> ListVolumes(ListVolumesRequest request, ServerCallContext context)
    {
        CancellationToken cancellationToken = context.CancellationToken;
        var response = new ListVolumesResponse();
        response.NextToken = await PageWriter.WriteAsync(
            Provider.ListVolumesAsync(cancellationToken),
            static volume => volume.Id.ToString(),
            "volumes",
            request.StartingToken,
            request.MaxEntries,
            response.Entries,
            DescribeAsync,
            cancellationToken).ConfigureAwait(false);
        return response;

        async ValueTask<ListVolumesResponse.Types.Entry?> DescribeAsync(VolumeDescriptor volume)
        {
            var entry = new ListVolumesResponse.Types.Entry { Volume = _volumes.Describe(volume) };
            if (plugin.Roles.Publisher is not null || plugin.Roles.Health is not null)
            {
                (ImmutableArray<string> nodes, VolumeCondition? condition, bool isThere) = await GetStatusAsync(volume.Id, cancellationToken).ConfigureAwait(false);
                if (!isThere)
                {
                    return null;
                }

                entry.Status = new ListVolumesResponse.Types.VolumeStatus { VolumeCondition = condition };
                entry.Status.PublishedNodeIds.Add(nodes);
            }

            return entry;
        }
    }

    public override async Task<ControllerGetVolumeResponse> ControllerGetVolume(ControllerGetVolumeRequest request, ServerCallContext context)
    {
        ThrowUnless(plugin.Roles.LooksUp, "ControllerGetVolume");
        VolumeId? id = RequiredFields.Volume(request.VolumeId);
        VolumeDescriptor volume = await RequireVolumeAsync(id, request.VolumeId, context.CancellationToken).ConfigureAwait(false);
        (ImmutableArray<string> nodes, VolumeCondition? condition, bool isThere) = await GetStatusAsync(volume.Id, context.CancellationToken).ConfigureAwait(false);
        if (!isThere)
        {
            throw CallError.NotFound($"There is no volume {request.VolumeId}.");
        }

        var status = new ControllerGetVolumeResponse.Types.VolumeStatus { VolumeCondition = condition };
        status.PublishedNodeIds.Add(nodes);
        return new ControllerGetVolumeResponse { Volume = _volumes.Describe(volume), Status = status };
    }

    public override async Task<GetCapacityResponse> GetCapacity(GetCapacityRequest request, ServerCallContext context)
    {
        ICapacitySource source = plugin.Roles.Capacity ?? throw CallError.Unimplemented("GetCapacity");
        CapabilityCheck.ThrowIfMalformed(request.VolumeCapabilities);
        VolumeKind kind = plugin.Plugin.MountedKind;
        if (request.VolumeCapabilities.Count > 0)
        {
            kind = _uses.GetKind(request.VolumeCapabilities);
        }

        if (request.AccessibleTopology is not null && !plugin.Roles.HasPlaces)
        {
            throw CallError.Invalid("accessible_topology is not supported: every volume can be reached from everywhere.");
        }

        CapacityReport report = await source.GetCapacityAsync(
            new CapacityQuery
            {
                Kind = kind,
                StorageClass = request.Parameters.GetValueOrDefault(ParameterNames.StorageClass, ""),
                Parameters = ParameterNames.ForProvider(request.Parameters),
                Place = request.AccessibleTopology is { } place ? WirePlaces.Read(place) : ImmutableSortedDictionary<string, string>.Empty,
            },
            context.CancellationToken).ConfigureAwait(false);
        return new GetCapacityResponse
        {
            AvailableCapacity = Math.Max(0, report.AvailableBytes),
            MaximumVolumeSize = report.MaxVolumeBytes,
            MinimumVolumeSize = report.MinVolumeBytes,
        };
    }

    private bool IsContextOf(VolumeDescriptor volume, ValidateVolumeCapabilitiesRequest request) =>
        _volumes.Describe(volume).VolumeContext.Equals(request.VolumeContext);

    private async ValueTask<(ImmutableArray<string> Nodes, VolumeCondition? Condition, bool IsThere)> GetStatusAsync(
        VolumeId volume, CancellationToken cancellationToken)
    {
        try
        {
            ImmutableArray<string> nodes = plugin.Roles.Publisher is { } publisher
                ? await publisher.GetNodesAsync(volume, cancellationToken).ConfigureAwait(false)
                : [];
            VolumeHealth? health = plugin.Roles.Health is { } source ? await source.GetHealthAsync(volume, cancellationToken).ConfigureAwait(false) : null;
            VolumeCondition? condition = health is null ? null : new VolumeCondition { Abnormal = health.IsAbnormal, Message = health.Message };
            return (nodes, condition, true);
        }
        catch (WaybillException e) when (e.Code == WaybillErrorCode.VolumeNotFound)
        {
            // It was removed while the page was filled.
            return ([], null, false);
        }
    }

    private async ValueTask<VolumeDescriptor> RequireVolumeAsync(VolumeId? id, string text, CancellationToken cancellationToken) =>
        await FindVolumeAsync(id, cancellationToken).ConfigureAwait(false) ?? throw CallError.NotFound($"There is no volume {text}.");

    private async ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId? id, CancellationToken cancellationToken) =>
        id is { } volume ? await Provider.FindVolumeAsync(volume, cancellationToken).ConfigureAwait(false) : null;

    private static void ThrowUnless(bool isOffered, string method)
    {
        if (!isOffered)
        {
            throw CallError.Unimplemented(method);
        }
    }
}
