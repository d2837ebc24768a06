using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Csi;

/// <content>Stages, publishes, measures and grows volumes, and takes them away.</content>
internal sealed partial class NodeService
{
    /// <inheritdoc/>
    public override async Task<NodeStageVolumeResponse> NodeStageVolume(NodeStageVolumeRequest request, ServerCallContext context)
    {
        VolumeId volume = ParseVolume(request.VolumeId);
        string path = TargetPath.Check(request.StagingTargetPath, "staging_target_path");
        VolumeAccess access = VolumeAccess.Parse(request.VolumeCapability);
        using IDisposable volumeLock = EnterVolume(volume);
        using IDisposable pathLock = EnterPath(path);
        var attach = new NodeAttachRequest(volume)
        {
            ReadOnly = access.IsSharedForReading,
            PublishContext = Copy(request.PublishContext),
            VolumeContext = Copy(request.VolumeContext),
            Secrets = Copy(request.Secrets),
        };
        await _staging.StageAsync(attach, access, path, context.CancellationToken).ConfigureAwait(false);
        return new NodeStageVolumeResponse();
    }

    /// <inheritdoc/>
    public override async Task<NodeUnstageVolumeResponse> NodeUnstageVolume(NodeUnstageVolumeRequest request, ServerCallContext context)
    {
        VolumeId volume = ParseVolume(request.VolumeId);
        string path = TargetPath.Check(request.StagingTargetPath, "staging_target_path");
        using IDisposable volumeLock = EnterVolume(volume);
        using IDisposable pathLock = EnterPath(path);
        await _staging.UnstageAsync(volume, path, context.CancellationToken).ConfigureAwait(false);
        return new NodeUnstageVolumeResponse();
    }

    /// <inheritdoc/>
    public override async Task<NodePublishVolumeResponse> NodePublishVolume(NodePublishVolumeRequest request, ServerCallContext context)
    {
        VolumeId volume = ParseVolume(request.VolumeId);
        string path = TargetPath.Check(request.TargetPath, "target_path");
        VolumeAccess access = VolumeAccess.Parse(request.VolumeCapability);
        if (request.StagingTargetPath.Length == 0)
        {
            throw CallError.FailedPrecondition("staging_target_path is missing: a volume is staged before it is published.");
        }

        string staging = TargetPath.Check(request.StagingTargetPath, "staging_target_path");
        using IDisposable volumeLock = EnterVolume(volume);
        using IDisposable pathLock = EnterPath(path);
        NodeVolume found = await GetStagedAsync(volume, context.CancellationToken).ConfigureAwait(false);
        VolumePublishing.Publish(found, access, staging, path, request.Readonly || access.IsReadOnly);
        return new NodePublishVolumeResponse();
    }

    /// <inheritdoc/>
    public override async Task<NodeUnpublishVolumeResponse> NodeUnpublishVolume(NodeUnpublishVolumeRequest request, ServerCallContext context)
    {
        VolumeId volume = ParseVolume(request.VolumeId);
        string path = TargetPath.Check(request.TargetPath, "target_path");
        using IDisposable volumeLock = EnterVolume(volume);
        using IDisposable pathLock = EnterPath(path);
        await _publishing.UnpublishAsync(volume, path, context.CancellationToken).ConfigureAwait(false);
        return new NodeUnpublishVolumeResponse();
    }

    /// <inheritdoc/>
    public override async Task<NodeGetVolumeStatsResponse> NodeGetVolumeStats(NodeGetVolumeStatsRequest request, ServerCallContext context)
    {
        VolumeId volume = ParseVolume(request.VolumeId);
        (DeviceOnNode device, MountEntry? mount) = await GetShownAsync(volume, request.VolumePath, context.CancellationToken).ConfigureAwait(false);
        var response = new NodeGetVolumeStatsResponse();
        response.Usage.AddRange(VolumeUsageReader.Read(device, mount ?? throw CallError.NotFound($"Volume {volume} is not at {request.VolumePath}.")));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<NodeExpandVolumeResponse> NodeExpandVolume(NodeExpandVolumeRequest request, ServerCallContext context)
    {
        VolumeId volume = ParseVolume(request.VolumeId);
        CapacityRange range = request.CapacityRange ?? new CapacityRange();
        if (range.RequiredBytes < 0 || range.LimitBytes < 0 || (range.LimitBytes > 0 && range.LimitBytes < range.RequiredBytes))
        {
            throw CallError.OutOfRange("capacity_range has negative numbers, or requires more than its limit.");
        }

        using IDisposable volumeLock = EnterVolume(volume);
        (DeviceOnNode device, MountEntry? mount) = await GetShownAsync(volume, request.VolumePath, context.CancellationToken).ConfigureAwait(false);

        // A volume staged as a device shows nothing at its staging path.
        bool isStagedDevice = mount is null && !device.IsDirectory && request.VolumePath == request.StagingTargetPath;
        if (mount is null && !isStagedDevice)
        {
            throw CallError.NotFound($"Volume {volume} is not at {request.VolumePath}.");
        }

        bool isBlock = isStagedDevice || device.IsDeviceFileOf(mount!);
        if (request.VolumeCapability is not null && VolumeAccess.Parse(request.VolumeCapability).IsBlock != isBlock)
        {
            throw CallError.Invalid($"The volume is used as {(isBlock ? "a block device" : "a file system")} at {request.VolumePath}, not as volume_capability says.");
        }

        if (device.IsDirectory)
        {
            return new NodeExpandVolumeResponse { CapacityBytes = range.RequiredBytes };
        }

        long length = await _volumes.RefreshSizeAsync(volume, context.CancellationToken).ConfigureAwait(false);
        if (length < range.RequiredBytes)
        {
            throw CallError.OutOfRange($"The volume has {length} bytes, and {range.RequiredBytes} are required: it has to be expanded by the controller first.");
        }

        if (!isBlock && !VolumeStaging.Grow(device))
        {
            throw CallError.FailedPrecondition("The volume is mounted for reading only: its file system grows when it is staged for writing.");
        }

        return new NodeExpandVolumeResponse { CapacityBytes = length };
    }
}
