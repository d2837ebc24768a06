using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>Brings volumes to the node and takes them away again: attached and, unless they are used as devices, mounted at their staging path.</summary>
/// <remarks>
/// Nothing is remembered. Each step is looked for before it is done, and each is done by one call of the kernel, so a process that is killed leaves a prefix of
/// the steps: the next stage goes on behind it, the next unstage undoes it.
/// </remarks>
internal sealed class VolumeStaging(INodeVolumes volumes, TimeProvider time)
{
    private const FileSystemKind DefaultKind = FileSystemKind.Ext4;

    private readonly FileSystemMaker _maker = new(time);

    /// <summary>Stages a volume.</summary>
    public async Task StageAsync(NodeAttachRequest request, VolumeAccess access, string path, CancellationToken cancellationToken)
    {
        using TargetPath staging = TargetPath.Open(path);
        if (!staging.TryGetStatus(out NodeStatus status) || !status.IsDirectory)
        {
            throw CallError.FailedPrecondition($"The staging path {path} is not a directory.");
        }

        var device = DeviceOnNode.Open(await volumes.AttachAsync(request, cancellationToken).ConfigureAwait(false));
        MountEntry? mounted = staging.FindMount();
        if (access.IsBlock)
        {
            CheckBlock(device, mounted, path);
            return;
        }

        if (access.IsSharedForWriting && !device.IsDirectory)
        {
            throw CallError.FailedPrecondition("A file system on a block device cannot be mounted on several nodes while one of them writes.");
        }

        if (mounted is not null && device.IsContentOf(mounted))
        {
            CheckSame(device, access, mounted, path);
        }
        else if (mounted is not null)
        {
            throw CallError.AlreadyExists($"{mounted.Source} is mounted at {path} already, which is not the volume.");
        }
        else if (device.IsDirectory)
        {
            staging.Show(device.Path, access.IsReadOnly, follows: true);
        }
        else
        {
            await MountAsync(request.Volume, device, access, staging, cancellationToken).ConfigureAwait(false);
        }

        if (!device.IsDirectory)
        {
            // A volume that was restored from a smaller snapshot, or grew while it was not here, is larger than what is in it.
            await volumes.RefreshSizeAsync(request.Volume, cancellationToken).ConfigureAwait(false);
            Grow(device);
        }
    }

    /// <summary>Undoes staging.</summary>
    public async Task UnstageAsync(VolumeId volume, string path, CancellationToken cancellationToken)
    {
        NodeVolume? found = await volumes.FindAsync(volume, cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            return;
        }

        var device = DeviceOnNode.Open(found);
        using (TargetPath staging = TargetPath.Open(path))
        {
            MountEntry? mount = staging.FindMount();
            if (mount is null && MountTable.Read().FindAll(device).Exists(device.IsContentOf) && !device.IsDirectory)
            {
                // It is staged at another path.
                return;
            }

            ThrowIfPublished(device, mount?.MountPoint);
            for (; mount is not null && device.IsShownBy(mount); mount = staging.FindMount())
            {
                staging.UnmountTop();
            }
        }

        await volumes.DetachAsync(volume, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the file system of a volume that is mounted take all of its device.</summary>
    /// <returns>Whether it could: nothing can be done where it is mounted for reading only.</returns>
    public static bool Grow(DeviceOnNode device)
    {
        if (MountTable.Read().FindAll(device).Find(mount => device.IsContentOf(mount) && !mount.IsReadOnly && !mount.IsFileSystemReadOnly) is not { } mount)
        {
            return false;
        }

        using SafeFileHandle file = device.OpenDevice(NodeLibc.OpenReadOnly);
        FileSystemGrowth.Run(mount.MountPoint, mount.Type, file, device.GetLength(file));
        return true;
    }

    private static void CheckBlock(DeviceOnNode device, MountEntry? mounted, string path)
    {
        if (device.IsDirectory)
        {
            throw CallError.FailedPrecondition("The volume is a directory and has no block device.");
        }

        if (mounted is not null && device.IsContentOf(mounted))
        {
            throw CallError.AlreadyExists($"The volume is staged at {path} as a file system already.");
        }
    }

    private static void CheckSame(DeviceOnNode device, VolumeAccess access, MountEntry mounted, string path)
    {
        MountOptions wanted = access.IsReadOnly ? access.Options.WithReadOnly() : access.Options;
        bool isType = device.IsDirectory || access.FileSystem is not { } kind || mounted.Type == kind.GetName();
        bool isSame = device.IsDirectory ? mounted.IsReadOnly == access.IsReadOnly : wanted.Match(mounted);
        if (!isType || !isSame)
        {
            throw CallError.AlreadyExists($"The volume is staged at {path} already, as {mounted.Type} with {mounted.Options}.");
        }
    }

    // The kernel says where it sees a place, which may be under another name than the one it was asked for by.
    private static void ThrowIfPublished(DeviceOnNode device, string? staging)
    {
        if (MountTable.Read().FindAll(device).Find(mount => mount.MountPoint != staging && !(device.IsDirectory && mount.MountPoint == device.Path)) is { } mount)
        {
            throw CallError.FailedPrecondition($"The volume is still published at {mount.MountPoint}.");
        }
    }

    private static void MountDevice(DeviceOnNode device, FileSystemKind kind, VolumeAccess access, TargetPath staging)
    {
        MountOptions options = access.IsReadOnly ? access.Options.WithReadOnly() : access.Options;
        if (kind == FileSystemKind.Xfs)
        {
            // A clone has the id of what it was cloned from, which may be mounted here too.
            options = options.WithDefault("nouuid");
        }

        if (device.Volume.GivesBackSpace && !options.IsReadOnly)
        {
            options = options.WithDefault(kind == FileSystemKind.Btrfs ? "discard=async" : "discard");
        }

        using SafeFileHandle place = staging.OpenPlace();
        if (NodeLibc.Mount(device.Path, NodeProcess.PathOf(place), kind.GetName(), options.Flags, string.Join(',', options.Data)) == 0)
        {
            return;
        }

        int error = NodeErrno.Last;
        string what = $"The {kind.GetName()} of the volume cannot be mounted (the kernel's log may say why)";
        throw error == NodeErrno.Invalid && access.Options.Data.Length > 0
            ? CallError.Invalid($"{what}; one of these mount flags may be wrong: {string.Join(", ", access.Options.Data)}.")
            : error == NodeErrno.ReadOnlyFileSystem && access.IsReadOnly
                ? CallError.FailedPrecondition($"{what}: its log has to be replayed first. Stage it once for writing on one node.")
                : NodeErrno.Fail(what, error);
    }

    private async Task MountAsync(VolumeId volume, DeviceOnNode device, VolumeAccess access, TargetPath staging, CancellationToken cancellationToken)
    {
        List<MountEntry> others = MountTable.Read().FindAll(device);
        if (others.Find(device.IsDeviceFileOf) is { } asDevice)
        {
            throw CallError.AlreadyExists($"The volume is published at {asDevice.MountPoint} as a block device.");
        }

        // Where it is mounted elsewhere its type is known, and nothing on it may be looked at or changed.
        FileSystemKind kind = others.Count > 0
            ? FileSystemKinds.Find(others[0].Type) ?? throw CallError.FailedPrecondition($"The volume holds {others[0].Type}, which is not supported.")
            : await PrepareAsync(volume, device, access, cancellationToken).ConfigureAwait(false);
        CheckKind(kind, access);
        MountDevice(device, kind, access, staging);
    }

    private static void CheckKind(FileSystemKind kind, VolumeAccess access)
    {
        if (access.FileSystem is { } wanted && wanted != kind)
        {
            throw CallError.FailedPrecondition($"The volume holds {kind.GetName()}, and {wanted.GetName()} was asked for. It is not made anew.");
        }
    }

    /// <summary>Makes sure that a device which is not mounted holds a file system.</summary>
    private async Task<FileSystemKind> PrepareAsync(VolumeId volume, DeviceOnNode device, VolumeAccess access, CancellationToken cancellationToken)
    {
        if (!access.IsSharedForReading)
        {
            // As a device it may have been published for reading only.
            device.SetReadOnly(false);
        }

        bool writes = !device.IsReadOnly();

        // Claimed, so that nothing else on the node mounts it or takes it into a set of devices meanwhile.
        using SafeFileHandle file = device.OpenDevice((writes ? NodeLibc.OpenReadWrite : NodeLibc.OpenReadOnly) | NodeLibc.OpenExclusive);
        long length = device.GetLength(file);
        DeviceContent content;
        using (SafeFileHandle direct = device.OpenDevice(NodeLibc.OpenReadOnly | NodeLibc.OpenDirect))
        {
            content = await DeviceProbe.ReadAsync(direct, length, device.Volume.IsBlank, cancellationToken).ConfigureAwait(false);
        }

        FileSystemKind kind;
        if (content.State is DeviceState.Blank or DeviceState.Unfinished)
        {
            if (access.IsReadOnly)
            {
                throw CallError.FailedPrecondition("The volume holds no file system, and none is made where nothing may be written.");
            }

            kind = access.FileSystem ?? DefaultKind;
            await _maker.MakeAsync(file, length, content.State, kind, volume, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            kind = content.FileSystem ?? throw CallError.FailedPrecondition(
                $"The volume holds {(content.Name.Length > 0 ? content.Name : "data that is no known file system")}. A file system is made only on a volume of zeros.");
        }

        CheckKind(kind, access);
        if (kind == FileSystemKind.Btrfs)
        {
            BtrfsIdentity.Ensure(file, length, volume, writes);
        }

        return kind;
    }
}
