namespace Waybill.Samples.MinimalDriver;

/// <summary>The node: the file of a volume becomes a loop device. Which one is asked of the kernel at every call.</summary>
internal sealed class LoopNode(DirectoryPlatform platform) : INodeVolumes
{
    public async ValueTask<NodeVolume> AttachAsync(NodeAttachRequest request, CancellationToken cancellationToken = default) =>
        await FindAsync(request.Volume, cancellationToken)
        ?? new NodeVolume(await Tool.RunAsync("losetup", ["--find", "--show", "--", platform.Require(request.Volume).Data], cancellationToken));

    public async ValueTask<NodeVolume?> FindAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        string devices = await Tool.RunAsync("losetup", ["--noheadings", "--output", "NAME", "--associated", platform.DataOf(volume)], cancellationToken);
        return devices.Length == 0 ? null : new NodeVolume(devices.Split('\n')[0].Trim());
    }

    public async ValueTask DetachAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(volume, cancellationToken) is { } found)
        {
            await Tool.RunAsync("losetup", ["--detach", found.Path], cancellationToken);
        }
    }

    public async ValueTask<long> RefreshSizeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(volume, cancellationToken) is { } found)
        {
            await Tool.RunAsync("losetup", ["--set-capacity", found.Path], cancellationToken);
        }

        return platform.Require(volume).Length;
    }
}
