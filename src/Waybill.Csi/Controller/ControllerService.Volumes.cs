using System.Collections.Immutable;
using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi;

/// <content>Makes, grows, changes and removes volumes.</content>
internal sealed partial class ControllerService
{
    public override async Task<CreateVolumeResponse> CreateVolume(CreateVolumeRequest request, ServerCallContext context)
    {
        IVolumeProvisioner provisioner = Provisioner;
        CancellationToken cancellationToken = context.CancellationToken;
        string name = RequiredFields.Name(request.Name);
        VolumeKind kind = _uses.GetKind(RequiredFields.List(request.VolumeCapabilities, "volume_capabilities"));
        var bounds = new CapacityBounds(request.CapacityRange, plugin.Plugin);
        if (request.MutableParameters.Count > 0 && plugin.Roles.Modifier is null)
        {
            throw CallError.Invalid("mutable_parameters are not supported.");
        }

        using IDisposable held = plugin.Locks.Enter(VolumeName, name);
        (VolumeSource? source, long sourceLength) = await FindSourceAsync(request, kind, cancellationToken).ConfigureAwait(false);
        var wanted = new VolumeCreateRequest(name, kind == VolumeKind.FileTree ? 0 : bounds.Choose(plugin.Plugin.DefaultVolumeLength, sourceLength))
        {
            Kind = kind,
            Source = source,
            StorageClass = request.Parameters.GetValueOrDefault(ParameterNames.StorageClass, ""),
            Parameters = ParameterNames.ForProvider(request.Parameters, request.MutableParameters),
        };
        if (source is not null && request.CapacityRange is not { RequiredBytes: > 0 } and not { LimitBytes: > 0 })
        {
            wanted = wanted with { Length = sourceLength };
        }

        wanted = await PlaceAsync(wanted, request.AccessibilityRequirements, cancellationToken).ConfigureAwait(false);
        VolumeDescriptor volume = await CreateAsync(provisioner, wanted, bounds, cancellationToken).ConfigureAwait(false);
        if (kind == VolumeKind.Block && !bounds.Contains(volume.Length))
        {
            throw CallError.OutOfRange($"Volume {volume.Id} has {volume.Length} bytes, which is not what was asked for.");
        }

        Volume result = _volumes.Describe(volume);
        result.ContentSource = request.VolumeContentSource;
        return new CreateVolumeResponse { Volume = result };
    }

    public override async Task<DeleteVolumeResponse> DeleteVolume(DeleteVolumeRequest request, ServerCallContext context)
    {
        IVolumeProvisioner provisioner = Provisioner;
        if (RequiredFields.Volume(request.VolumeId) is { } id)
        {
            using IDisposable held = plugin.Locks.Enter(VolumeObject, request.VolumeId);
            await provisioner.DeleteVolumeAsync(id, context.CancellationToken).ConfigureAwait(false);
        }

        return new DeleteVolumeResponse();
    }

    public override async Task<ControllerExpandVolumeResponse> ControllerExpandVolume(ControllerExpandVolumeRequest request, ServerCallContext context)
    {
        ThrowUnless(plugin.Roles.Grows, "ControllerExpandVolume");
        CancellationToken cancellationToken = context.CancellationToken;
        VolumeId? id = RequiredFields.Volume(request.VolumeId);
        var bounds = new CapacityBounds(RequiredFields.Message(request.CapacityRange, "capacity_range"), plugin.Plugin);
        if (bounds.IsOpen)
        {
            throw CallError.Invalid("capacity_range has neither a smallest nor a largest size.");
        }

        if (request.VolumeCapability is not null)
        {
            CapabilityCheck.ThrowIfMalformed([request.VolumeCapability]);
        }

        using IDisposable held = plugin.Locks.Enter(VolumeObject, request.VolumeId);
        VolumeDescriptor volume = await RequireVolumeAsync(id, request.VolumeId, cancellationToken).ConfigureAwait(false);
        if (request.VolumeCapability is not null && _uses.FindObstacle([request.VolumeCapability], volume.Kind) is { } obstacle)
        {
            throw CallError.Invalid(obstacle);
        }

        if (volume.Kind == VolumeKind.FileTree)
        {
            // It has no size to change: it holds what fits onto the platform.
            return new ControllerExpandVolumeResponse { CapacityBytes = Math.Max(bounds.Required, bounds.IsOpen ? 0 : volume.Length) };
        }

        if (bounds.Limit > 0 && volume.Length > bounds.Limit)
        {
            throw CallError.OutOfRange($"Volume {request.VolumeId} has {volume.Length} bytes already, and volumes never shrink.");
        }

        if (volume.Length < bounds.Required)
        {
            volume = await Provisioner.GrowVolumeAsync(volume.Id, bounds.Choose(0, 0), cancellationToken).ConfigureAwait(false);
        }

        return bounds.Contains(volume.Length)
            ? new ControllerExpandVolumeResponse { CapacityBytes = volume.Length, NodeExpansionRequired = true }
            : throw CallError.OutOfRange($"Volume {request.VolumeId} has {volume.Length} bytes now, which is not what was asked for.");
    }

    public override async Task<ControllerModifyVolumeResponse> ControllerModifyVolume(ControllerModifyVolumeRequest request, ServerCallContext context)
    {
        IVolumeModifier modifier = plugin.Roles.Modifier ?? throw CallError.Unimplemented("ControllerModifyVolume");
        VolumeId? id = RequiredFields.Volume(request.VolumeId);
        using IDisposable held = plugin.Locks.Enter(VolumeObject, request.VolumeId);
        VolumeDescriptor volume = await RequireVolumeAsync(id, request.VolumeId, context.CancellationToken).ConfigureAwait(false);
        await modifier.ModifyVolumeAsync(volume.Id, ParameterNames.ForProvider(request.MutableParameters), context.CancellationToken).ConfigureAwait(false);
        return new ControllerModifyVolumeResponse();
    }

    private static async ValueTask<VolumeDescriptor> CreateAsync(
        IVolumeProvisioner provisioner, VolumeCreateRequest wanted, CapacityBounds bounds, IVolumeProvider provider, CancellationToken cancellationToken)
    {
        try
        {
            return await provisioner.CreateVolumeAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException e) when (e.Code == WaybillErrorCode.VolumeConflict && wanted.Kind == VolumeKind.Block)
        {
            // The sizes asked for may overlap although the requests differ: then the volume that is there is the answer. Asking for it again with the size it has
            // finds out whether all the rest is the same.
            await foreach (VolumeDescriptor volume in provider.ListVolumesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (volume.Name == wanted.Name && volume.Length != wanted.Length && bounds.Contains(volume.Length))
                {
                    return await provisioner.CreateVolumeAsync(wanted with { Length = volume.Length }, cancellationToken).ConfigureAwait(false);
                }
            }

            throw;
        }
    }

    private ValueTask<VolumeDescriptor> CreateAsync(
        IVolumeProvisioner provisioner, VolumeCreateRequest wanted, CapacityBounds bounds, CancellationToken cancellationToken) =>
        CreateAsync(provisioner, wanted, bounds, Provider, cancellationToken);

    private async ValueTask<(VolumeSource? Source, long Length)> FindSourceAsync(CreateVolumeRequest request, VolumeKind kind, CancellationToken cancellationToken)
    {
        switch (request.VolumeContentSource?.TypeCase)
        {
            case null:
                return (null, 0);

            case VolumeContentSource.TypeOneofCase.Snapshot:
                string snapshotId = request.VolumeContentSource.Snapshot.SnapshotId;
                SnapshotId? id = RequiredFields.Snapshot(snapshotId);
                ISnapshotProvider snapshots = plugin.Roles.Snapshots ?? throw CallError.Invalid("A volume cannot be made from a snapshot here.");
                SnapshotDescriptor snapshot = await FindSnapshotAsync(snapshots, id, cancellationToken).ConfigureAwait(false)
                    ?? throw CallError.NotFound($"There is no snapshot {snapshotId}.");
                return snapshot.IsReady
                    ? (new VolumeSource(snapshot.Volume, snapshot.Id), snapshot.Length)
                    : throw CallError.Unavailable($"Snapshot {snapshotId} is not ready yet.");

            case VolumeContentSource.TypeOneofCase.Volume:
                string volumeId = request.VolumeContentSource.Volume.VolumeId;
                VolumeId? original = RequiredFields.Volume(volumeId);
                if (!plugin.Roles.Clones)
                {
                    throw CallError.Invalid("A volume cannot be made from another volume here.");
                }

                VolumeDescriptor volume = await RequireVolumeAsync(original, volumeId, cancellationToken).ConfigureAwait(false);
                return volume.Kind == kind
                    ? (new VolumeSource(volume.Id), volume.Length)
                    : throw CallError.Invalid($"Volume {volumeId} holds {volume.Kind}, and {kind} is asked for.");

            default:
                throw CallError.Invalid("volume_content_source names no source that is known.");
        }
    }

    private async ValueTask<VolumeCreateRequest> PlaceAsync(
        VolumeCreateRequest wanted, TopologyRequirement? requirement, CancellationToken cancellationToken)
    {
        ImmutableArray<ImmutableSortedDictionary<string, string>> allowed = WirePlaces.List(requirement);
        if (plugin.Roles.Topology is { } topology)
        {
            return await topology.PlaceAsync(wanted, allowed, cancellationToken).ConfigureAwait(false);
        }

        if (allowed.Length == 0)
        {
            return wanted;
        }

        if (plugin.Plugin.NodeTopology.Count == 0)
        {
            throw CallError.Invalid("accessibility_requirements are not supported: every volume can be reached from everywhere.");
        }

        return allowed.Any(place => WirePlaces.IsWithin(plugin.Plugin.NodeTopology, place)) ? wanted
            : throw CallError.Exhausted("No volume can be made that is reachable from where it is asked for.");
    }
}
