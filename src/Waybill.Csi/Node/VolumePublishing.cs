namespace Waybill.Csi;

/// <summary>Shows staged volumes at the paths where their users see them.</summary>
/// <remarks>Nothing is remembered: where a volume is published is what the kernel's table of mounts says.</remarks>
internal sealed class VolumePublishing(INodeVolumes volumes)
{
    /// <summary>Publishes a volume.</summary>
    /// <param name="volume">The volume, which is attached.</param>
    /// <param name="access">How it is used.</param>
    /// <param name="stagingPath">Where it is staged.</param>
    /// <param name="path">Where to publish it.</param>
    /// <param name="isReadOnly">Whether nothing may be written by way of this path.</param>
    public static void Publish(NodeVolume volume, VolumeAccess access, string stagingPath, string path, bool isReadOnly)
    {
        var device = DeviceOnNode.Open(volume);
        using TargetPath target = TargetPath.Open(path);
        if (access.IsBlock)
        {
            PublishDevice(device, access, target, isReadOnly);
        }
        else
        {
            PublishContent(device, access, stagingPath, target, isReadOnly);
        }
    }

    /// <summary>Undoes publishing, and removes what was mounted on.</summary>
    public async Task UnpublishAsync(VolumeId volume, string path, CancellationToken cancellationToken)
    {
        NodeVolume? found = await volumes.FindAsync(volume, cancellationToken).ConfigureAwait(false);
        using TargetPath target = TargetPath.Open(path);
        target.UnmountAll(found is null ? null : DeviceOnNode.Open(found));
        target.Remove();
    }

    private static void PublishContent(DeviceOnNode device, VolumeAccess access, string stagingPath, TargetPath target, bool isReadOnly)
    {
        MountEntry staged = FindStaged(device, stagingPath);
        if (!device.IsDirectory && access.FileSystem is { } kind && kind.GetName() != staged.Type)
        {
            throw CallError.FailedPrecondition($"The volume is staged as {staged.Type}, not as {kind.GetName()}.");
        }

        if (target.FindMount() is { } mounted)
        {
            if (!device.IsContentOf(mounted) || mounted.IsReadOnly != isReadOnly)
            {
                throw CallError.AlreadyExists($"{mounted.Source} is mounted at {target.FullPath} already, with {mounted.Options}.");
            }

            return;
        }

        if (staged.IsReadOnly && !isReadOnly)
        {
            throw CallError.FailedPrecondition("The volume is staged for reading only.");
        }

        // What is mounted of a part of the volume belongs to somebody who has the volume already.
        ThrowIfElsewhere(device, access, mount => mount.MountPoint != staged.MountPoint && mount.Root == staged.Root && device.IsContentOf(mount));
        target.MakeDirectory();
        target.Show(stagingPath, isReadOnly, follows: false);
    }

    private static void PublishDevice(DeviceOnNode device, VolumeAccess access, TargetPath target, bool isReadOnly)
    {
        if (device.IsDirectory)
        {
            throw CallError.FailedPrecondition("The volume is a directory and has no block device.");
        }

        if (target.FindMount() is { } mounted)
        {
            if (!device.IsDeviceFileOf(mounted) || device.IsReadOnly() != isReadOnly)
            {
                throw CallError.AlreadyExists($"{target.FullPath} shows something already, or the volume in another way.");
            }

            return;
        }

        List<MountEntry> shown = MountTable.Read().FindAll(device);
        if (shown.Find(device.IsContentOf) is { } content)
        {
            throw CallError.FailedPrecondition($"The volume is mounted at {content.MountPoint} as a file system.");
        }

        ThrowIfElsewhere(device, access, device.IsDeviceFileOf);

        // A mount cannot keep anybody from writing to a device: the device itself has to refuse, for all who have it.
        if (shown.Count == 0)
        {
            device.SetReadOnly(isReadOnly);
        }
        else if (device.IsReadOnly() != isReadOnly)
        {
            throw CallError.FailedPrecondition("The volume is published elsewhere, and a device is writable for all or for none.");
        }

        target.MakeFile();
        target.Show(device.Path, isReadOnly: false, follows: true);
    }

    private static void ThrowIfElsewhere(DeviceOnNode device, VolumeAccess access, Predicate<MountEntry> isPublished)
    {
        if (access.IsForOneTarget && MountTable.Read().FindAll(device).Find(isPublished) is { } other)
        {
            throw CallError.FailedPrecondition($"The volume is published at {other.MountPoint}, and its access mode allows for one path.");
        }
    }

    private static MountEntry FindStaged(DeviceOnNode device, string stagingPath)
    {
        using TargetPath staging = TargetPath.Open(stagingPath);
        return staging.FindMount() is { } mount && device.IsContentOf(mount) ? mount
            : throw CallError.FailedPrecondition($"The volume is not staged at {stagingPath}.");
    }
}
