using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>An attached volume as the kernel knows it.</summary>
internal sealed class DeviceOnNode
{
    private readonly NodeStatus _status;
    private readonly string _number;
    private readonly string _name;

    private DeviceOnNode(NodeVolume volume, in NodeStatus status)
    {
        Volume = volume;
        _status = status;
        _number = string.Create(CultureInfo.InvariantCulture, $"{status.OwnMajor}:{status.OwnMinor}");
        _name = "/" + System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(volume.Path));
    }

    public NodeVolume Volume { get; }

    public string Path => Volume.Path;

    public bool IsDirectory => Volume.IsDirectory;

    /// <summary>Looks at what a platform attached.</summary>
    public static DeviceOnNode Open(NodeVolume volume)
    {
        if (!NodeLibc.TryGetStatus(volume.Path, out NodeStatus status))
        {
            throw NodeErrno.Fail($"{volume.Path}, which the platform attached, cannot be looked at", NodeErrno.Last);
        }

        return (volume.IsDirectory ? status.IsDirectory : status.IsBlockDevice)
            ? new DeviceOnNode(volume, status)
            : throw CallError.Internal($"{volume.Path}, which the platform attached, is not a {(volume.IsDirectory ? "directory" : "block device")}.");
    }

    /// <summary>Whether a mount shows the volume or, for a block device, the file system on it or its device file.</summary>
    public bool IsShownBy(MountEntry entry) => IsContentOf(entry) || IsDeviceFileOf(entry);

    /// <summary>Whether a mount shows the directory, or the file system on the device.</summary>
    public bool IsContentOf(MountEntry entry)
    {
        if (!IsDirectory)
        {
            // btrfs has a number of its own; its source is the device, by whatever name.
            return entry.Device == _number
                || (entry.Source.StartsWith('/') && entry.Device.StartsWith("0:", StringComparison.Ordinal)
                    && (entry.Source == Path || (NodeLibc.TryGetStatus(entry.Source, out NodeStatus source) && source.IsSameDeviceAs(_status))));
        }

        // Asking about a mount may wait for another machine, so only those are asked that can be it.
        return entry.Root.EndsWith(_name, StringComparison.Ordinal)
            && NodeLibc.TryGetStatus(entry.MountPoint, out NodeStatus there) && there.IsDirectory && there.IsSameFileAs(_status);
    }

    /// <summary>Whether a mount shows the file of the device itself.</summary>
    public bool IsDeviceFileOf(MountEntry entry) =>
        !IsDirectory && entry.Root.EndsWith(_name, StringComparison.Ordinal)
        && NodeLibc.TryGetStatus(entry.MountPoint, out NodeStatus there) && there.IsSameDeviceAs(_status);

    /// <summary>Opens the device of a volume.</summary>
    public SafeFileHandle OpenDevice(int flags)
    {
        SafeFileHandle file = NodeLibc.Open(Path, flags);
        if (!file.IsInvalid)
        {
            return file;
        }

        int error = NodeErrno.Last;
        file.Dispose();
        throw error == NodeErrno.Busy
            ? CallError.FailedPrecondition($"{Path} is in use on this node in another way than as a staged volume.")
            : NodeErrno.Fail($"{Path} cannot be opened", error);
    }

    /// <summary>Asks an open device for its size.</summary>
    public long GetLength(SafeFileHandle file) =>
        NodeLibc.GetDeviceSize(file) is >= 0 and var length ? length : throw NodeErrno.Fail($"{Path} cannot be asked for its size", NodeErrno.Last);

    /// <summary>Makes the kernel refuse, or take, writes to a device.</summary>
    public unsafe void SetReadOnly(bool isReadOnly)
    {
        using SafeFileHandle file = OpenDevice(NodeLibc.OpenReadOnly);
        int value = isReadOnly ? 1 : 0;
        if (IsReadOnly(file) != isReadOnly && NodeLibc.Control(file, NodeLibc.BlockSetReadOnly, &value) != 0)
        {
            throw NodeErrno.Fail($"{Path} cannot be made {(isReadOnly ? "read-only" : "writable")}", NodeErrno.Last);
        }
    }

    /// <summary>Asks whether the kernel refuses writes to a device.</summary>
    public bool IsReadOnly()
    {
        using SafeFileHandle file = OpenDevice(NodeLibc.OpenReadOnly);
        return IsReadOnly(file);
    }

    private unsafe bool IsReadOnly(SafeFileHandle file)
    {
        int value;
        return NodeLibc.Control(file, NodeLibc.BlockGetReadOnly, &value) == 0 ? value != 0
            : throw NodeErrno.Fail($"{Path} cannot be asked whether it can be written", NodeErrno.Last);
    }
}
