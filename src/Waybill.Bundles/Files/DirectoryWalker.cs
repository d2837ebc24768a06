using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Lists a local directory tree entry by entry. What cannot be read becomes a gap of its entry; the walk goes on.</summary>
internal sealed class DirectoryWalker : IDisposable
{
    private const int NameBufferSize = 64 * 1024;
    private const int MaxLinkTargetLength = 65_535;

    private readonly SafeFileHandle _root;
    private readonly bool _crossFileSystems;
    private readonly DirectoryChain _chain;
    private readonly XattrReader _xattrs = new();
    private readonly AccountNames _accounts = new();
    private readonly byte[] _buffer = new byte[NameBufferSize];
    private readonly Stack<Frame> _frames = [];

    // Only files whose other names have not all been met.
    private readonly Dictionary<(ulong Device, ulong Inode), LinkedFile> _linked = [];
    private ulong _lastLinkGroup;
    private ulong _rootDevice;
    private bool _started;

    /// <param name="root">The open root directory; remains the caller's.</param>
    /// <param name="crossFileSystems">Whether to enter other file systems.</param>
    public DirectoryWalker(SafeFileHandle root, bool crossFileSystems)
    {
        _root = root;
        _crossFileSystems = crossFileSystems;
        _chain = new DirectoryChain(root);
    }

    /// <summary>Gets the next entry, or null at the end.</summary>
    /// <exception cref="ProviderException">The root itself cannot be read.</exception>
    public FileTreeEntry? ReadNext(string rootName)
    {
        if (!_started)
        {
            _started = true;
            return ReadRoot(rootName);
        }

        while (_frames.TryPeek(out Frame? frame))
        {
            if (frame.Next == frame.Names.Count)
            {
                _frames.Pop();
                continue;
            }

            if (ReadChild(frame, frame.Next++) is { } entry)
            {
                return entry;
            }
        }

        return null;
    }

    public void Dispose() => _chain.Dispose();

    public static FileType? ToFileType(FileKind kind) => kind switch
    {
        FileKind.Regular => FileType.Regular,
        FileKind.Directory => FileType.Directory,
        FileKind.SymbolicLink => FileType.SymbolicLink,
        FileKind.CharacterDevice => FileType.CharacterDevice,
        FileKind.BlockDevice => FileType.BlockDevice,
        FileKind.Fifo => FileType.Fifo,
        FileKind.Socket => FileType.Socket,
        _ => null,
    };

    private FileTreeEntry ReadRoot(string rootName)
    {
        if (!Libc.TryGetStatus(_root, out FileStatus status))
        {
            throw Errno.ToSourceError(Errno.Last, rootName);
        }

        _rootDevice = status.Device;
        DirectoryNames names = DirectoryNames.Read(_root, FilePath.Root, _buffer);
        if (names is { Problem: { } problem, Count: 0 })
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"The directory cannot be read: {problem}") { ObjectName = rootName };
        }

        return ReadDirectory(FilePath.Root, _root, names, status);
    }

    private FileTreeEntry? ReadChild(Frame frame, int index)
    {
        ReadOnlySpan<byte> name = frame.Names.GetName(index);
        FilePath path = frame.Path.Append(name);
        if (!_chain.TryEnter(frame.Path, out SafeFileHandle directory))
        {
            return MakeUnknown(path, frame.Names.GetType(index), $"its directory cannot be opened again: {Errno.Describe(Errno.Last)}");
        }

        if (!Libc.TryGetStatusAt(directory, name, out FileStatus status))
        {
            // Gone since its directory was read: as if it had been deleted a moment before.
            return Errno.Last == Errno.NoEntry ? null : MakeUnknown(path, frame.Names.GetType(index), Errno.Describe(Errno.Last));
        }

        return ToFileType(status.Kind) switch
        {
            null => MakeUnknown(path, null, "its type is not known"),
            FileType.Directory => ReadChildDirectory(path, directory, name, status),
            { } type => ReadFile(path, type, directory, name, status),
        };
    }

    private FileTreeEntry? ReadChildDirectory(FilePath path, SafeFileHandle parent, ReadOnlySpan<byte> name, FileStatus status)
    {
        string? problem = null;
        if (status.Device != _rootDevice && !_crossFileSystems)
        {
            problem = "another file system is mounted here, which was not asked for";
        }
        else if (_chain.TryEnter(path, out SafeFileHandle directory))
        {
            if (Libc.TryGetStatus(directory, out FileStatus opened))
            {
                status = opened;
            }

            return ReadDirectory(path, directory, DirectoryNames.Read(directory, path, _buffer), status);
        }
        else if (Errno.Last == Errno.NoEntry)
        {
            return null;
        }
        else
        {
            problem = Errno.Describe(Errno.Last);

            // Entering a directory in vain leaves the one above it open, but only the chain knows for how long.
            if (!_chain.TryEnter(path.Parent, out parent))
            {
                return MakeUnknown(path, FileType.Directory, problem);
            }
        }

        ImmutableArray<FileXattr> xattrs = _xattrs.Read(parent, name);
        return Make(path, FileType.Directory, status, xattrs, [new FileGap(FileGap.List, problem)]);
    }

    private FileTreeEntry ReadDirectory(FilePath path, SafeFileHandle directory, DirectoryNames names, FileStatus status)
    {
        _frames.Push(new Frame(path, names));
        ImmutableArray<FileXattr> xattrs = _xattrs.Read(directory, []);
        return Make(path, FileType.Directory, status, xattrs, names.Problem is { } problem ? [new FileGap(FileGap.List, problem)] : []);
    }

    private FileTreeEntry ReadFile(FilePath path, FileType type, SafeFileHandle directory, ReadOnlySpan<byte> name, FileStatus status)
    {
        ImmutableArray<FileXattr> xattrs = _xattrs.Read(directory, name);
        FileTreeEntry entry = Make(path, type, status, xattrs, []);
        if (status.LinkCount > 1)
        {
            entry = entry with { LinkGroup = GetLinkGroup(status) };
        }

        switch (type)
        {
            case FileType.Regular:
                return entry with { Size = status.Size, AllocatedSize = (long)Math.Min(status.Blocks, long.MaxValue / 512) * 512 };
            case FileType.CharacterDevice or FileType.BlockDevice:
                return entry with { DeviceMajor = status.SpecialMajor, DeviceMinor = status.SpecialMinor };
            case FileType.SymbolicLink:
                nint length = Libc.ReadLinkAt(directory, name, _buffer);
                return length is >= 0 and <= MaxLinkTargetLength
                    ? entry with { LinkTarget = [.. _buffer.AsSpan(0, (int)length)] }
                    : entry with { Gaps = entry.Gaps.Add(new FileGap(FileGap.Metadata, $"the link cannot be read: {Errno.Describe(Errno.Last)}")) };
            default:
                return entry;
        }
    }

    private FileTreeEntry Make(FilePath path, FileType type, in FileStatus status, ImmutableArray<FileXattr> xattrs, ImmutableArray<FileGap> gaps) => new()
    {
        Path = path,
        Type = type,
        Mode = (int)status.Permissions,
        UserId = status.Uid,
        GroupId = status.Gid,
        UserName = _accounts.GetUserName(status.Uid),
        GroupName = _accounts.GetGroupName(status.Gid),
        Modified = status.Modified,
        Accessed = status.Accessed,
        Born = status.Born,
        Changed = status.Changed,
        Inode = status.Inode,
        Xattrs = xattrs,
        Gaps = _xattrs.Problem is { } problem ? gaps.Add(new FileGap(FileGap.Xattrs, problem)) : gaps,
    };

    private static FileTreeEntry MakeUnknown(FilePath path, FileType? type, string problem) => new()
    {
        Path = path,
        Type = type ?? FileType.Regular,
        Gaps = type == FileType.Directory
            ? [new FileGap(FileGap.Metadata, problem), new FileGap(FileGap.List, problem)]
            : [new FileGap(FileGap.Metadata, problem)],
    };

    private ulong GetLinkGroup(in FileStatus status)
    {
        (ulong, ulong) key = (status.Device, status.Inode);
        if (!_linked.TryGetValue(key, out LinkedFile file))
        {
            file = new LinkedFile(++_lastLinkGroup, status.LinkCount);
        }

        if (file.NamesLeft <= 1)
        {
            _linked.Remove(key);
        }
        else
        {
            _linked[key] = file with { NamesLeft = file.NamesLeft - 1 };
        }

        return file.Group;
    }

    private readonly record struct LinkedFile(ulong Group, uint NamesLeft);

    private sealed record Frame(FilePath Path, DirectoryNames Names)
    {
        public int Next { get; set; }
    }
}
