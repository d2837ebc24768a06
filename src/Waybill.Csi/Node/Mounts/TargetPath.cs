using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>A path at which a volume is or shall be mounted: the directory it is in, held open, and a name in it that is never followed if it is a link.</summary>
/// <remarks>
/// Links further up belong to whoever runs the node, who may keep its state elsewhere. Because the directory and then the place itself are held open, nothing
/// that is exchanged for a link between two looks can lead a mount, or a removal, anywhere else.
/// </remarks>
internal sealed class TargetPath : IDisposable
{
    private const int MaxLength = 4096;
    private const uint DirectoryMode = 0x1E8;
    private const uint FileMode = 0x1B0;

    private readonly SafeFileHandle? _parent;
    private readonly string _name;

    private TargetPath(string path, SafeFileHandle? parent)
    {
        FullPath = path;
        _parent = parent;
        _name = Path.GetFileName(path);
    }

    public string FullPath { get; }

    /// <summary>Gets whether the directory it is in exists.</summary>
    public bool HasParent => _parent is not null;

    /// <summary>Checks a path and puts it into one form.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static string Check(string path, string field)
    {
        if (path.Length == 0)
        {
            throw CallError.Invalid($"{field} is missing.");
        }

        return Normalize(path) ?? throw CallError.Invalid(
            $"{field} has to be an absolute path of at most {MaxLength} bytes without '.' and '..', below the root.");
    }

    /// <summary>Puts a path into one form.</summary>
    /// <returns><see langword="null"/> if it is not absolute, is the root, or steps back.</returns>
    public static string? Normalize(string path)
    {
        if (!path.StartsWith('/') || Encoding.UTF8.GetByteCount(path) > MaxLength || path.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 0 || parts.Any(part => part is "." or "..") ? null : "/" + string.Join('/', parts);
    }

    /// <summary>Opens the directory that a checked path is in.</summary>
    public static TargetPath Open(string path)
    {
        string parent = Path.GetDirectoryName(path)!;
        SafeFileHandle handle = NodeLibc.Open(parent, NodeLibc.OpenPath | NodeLibc.OpenDirectory);
        if (!handle.IsInvalid)
        {
            return new TargetPath(path, handle);
        }

        int error = NodeErrno.Last;
        handle.Dispose();
        return error is NodeErrno.NoEntry or NodeErrno.NotDirectory ? new TargetPath(path, null) : throw NodeErrno.Fail($"{parent} cannot be opened", error);
    }

    /// <summary>Asks what is there.</summary>
    /// <returns>Whether anything is.</returns>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a link is.</exception>
    public bool TryGetStatus(out NodeStatus status)
    {
        status = default;
        if (_parent is null)
        {
            return false;
        }

        if (!NodeLibc.TryGetStatusAt(_parent, _name, out status))
        {
            int error = NodeErrno.Last;
            return error == NodeErrno.NoEntry ? false : throw NodeErrno.Fail($"{FullPath} cannot be looked at", error);
        }

        return status.IsLink ? throw CallError.Invalid($"{FullPath} is a symbolic link.") : true;
    }

    /// <summary>Opens what is there, as a place only.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a link is; FAILED_PRECONDITION: nothing is.</exception>
    public SafeFileHandle OpenPlace()
    {
        if (!TryGetStatus(out _))
        {
            throw CallError.FailedPrecondition($"There is no {FullPath}.");
        }

        SafeFileHandle place = NodeLibc.OpenAt(_parent!, _name, NodeLibc.OpenPath | NodeLibc.OpenNoFollow);
        if (!place.IsInvalid && NodeLibc.TryGetStatus(place, out NodeStatus status) && !status.IsLink)
        {
            return place;
        }

        int error = NodeErrno.Last;
        place.Dispose();
        throw NodeErrno.Fail($"{FullPath} cannot be opened", error);
    }

    /// <summary>Finds what is mounted there, on top of all else.</summary>
    public MountEntry? FindMount()
    {
        if (!TryGetStatus(out _))
        {
            return null;
        }

        using SafeFileHandle place = OpenPlace();
        return MountTable.FindAt(place);
    }

    /// <summary>Makes an empty directory to mount on, if nothing is there.</summary>
    public void MakeDirectory()
    {
        if (NodeLibc.MakeDirectoryAt(NeedParent(), _name, DirectoryMode) != 0 && NodeErrno.Last is var error && error != NodeErrno.Exists)
        {
            throw NodeErrno.Fail($"{FullPath} cannot be made", error);
        }

        if (TryGetStatus(out NodeStatus status) && !status.IsDirectory)
        {
            throw CallError.FailedPrecondition($"{FullPath} is not a directory.");
        }
    }

    /// <summary>Makes an empty file to mount on, if nothing is there.</summary>
    public void MakeFile()
    {
        using SafeFileHandle file = NodeLibc.OpenAt(
            NeedParent(), _name, NodeLibc.OpenReadOnly | NodeLibc.OpenCreate | NodeLibc.OpenExclusive | NodeLibc.OpenNoFollow, FileMode);
        if (file.IsInvalid && NodeErrno.Last is var error && error != NodeErrno.Exists)
        {
            throw NodeErrno.Fail($"{FullPath} cannot be made", error);
        }

        if (TryGetStatus(out NodeStatus status) && !status.IsRegular && !status.IsBlockDevice)
        {
            throw CallError.FailedPrecondition($"{FullPath} is not a file.");
        }
    }

    /// <summary>Shows a directory or file here as well, from the first moment on as it shall be.</summary>
    /// <param name="source">The directory or file.</param>
    /// <param name="isReadOnly">Whether nothing may be written by way of this place.</param>
    /// <param name="follows">Whether the source may be a link.</param>
    public void Show(string source, bool isReadOnly, bool follows)
    {
        using SafeFileHandle tree = NodeLibc.CloneTree(source, follows);
        if (tree.IsInvalid)
        {
            throw NodeErrno.Fail($"{source} cannot be mounted again", NodeErrno.Last);
        }

        if (isReadOnly && NodeLibc.SetReadOnly(tree) != 0)
        {
            throw NodeErrno.Fail($"{source} cannot be mounted read-only", NodeErrno.Last);
        }

        using SafeFileHandle place = OpenPlace();
        if (NodeLibc.MoveMount(tree, place) != 0)
        {
            throw NodeErrno.Fail($"{source} cannot be mounted at {FullPath}", NodeErrno.Last);
        }
    }

    /// <summary>Takes off all mounts of a volume, and nothing else.</summary>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION: something uses one, or something else is mounted there.</exception>
    public void UnmountAll(DeviceOnNode? volume)
    {
        while (FindMount() is { } mount)
        {
            if (volume?.IsShownBy(mount) != true)
            {
                throw CallError.FailedPrecondition($"{mount.Source} is mounted at {FullPath}, which is not the volume.");
            }

            UnmountTop();
        }
    }

    /// <summary>Takes off the topmost mount.</summary>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION: something uses it.</exception>
    public void UnmountTop()
    {
        // By the directory that is held open: the name itself is not followed.
        if (NodeLibc.Unmount(NodeProcess.PathOf(_parent!) + "/" + _name) != 0)
        {
            int error = NodeErrno.Last;
            throw error == NodeErrno.Busy
                ? CallError.FailedPrecondition($"The volume cannot be taken from {FullPath}: something uses it.")
                : NodeErrno.Fail($"The volume cannot be taken from {FullPath}", error);
        }
    }

    /// <summary>Removes the empty directory or file that was mounted on. Nothing there is fine.</summary>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION: it is not empty.</exception>
    public void Remove()
    {
        if (!TryGetStatus(out NodeStatus status))
        {
            return;
        }

        if (!status.IsDirectory && (!status.IsRegular || status.Size > 0))
        {
            throw CallError.FailedPrecondition($"{FullPath} is not what a volume was published at: it is not empty.");
        }

        if (NodeLibc.RemoveAt(_parent!, _name, status.IsDirectory ? NodeLibc.RemoveDirectoryFlag : 0) != 0)
        {
            int error = NodeErrno.Last;
            if (error != NodeErrno.NoEntry)
            {
                throw error is NodeErrno.NotEmpty or NodeErrno.Exists
                    ? CallError.FailedPrecondition($"{FullPath} is not what a volume was published at: it is not empty.")
                    : NodeErrno.Fail($"{FullPath} cannot be removed", error);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _parent?.Dispose();

    private SafeFileHandle NeedParent() => _parent ?? throw CallError.FailedPrecondition($"There is no directory {Path.GetDirectoryName(FullPath)}.");
}
