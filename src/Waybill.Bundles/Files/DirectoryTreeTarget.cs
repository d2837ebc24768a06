using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Restores a tree into a new or empty local directory on Linux.</summary>
/// <remarks>
/// Every name is made in a directory that is open already and that was not reached through a link, so nothing can lead out of the tree. Directories stay
/// closed to others until what is in them is finished. Calls work on the calling thread.
/// </remarks>
public sealed class DirectoryTreeTarget : FileTreeTarget
{
    private const uint PrivateDirectory = 0x1C0;
    private const uint PrivateFile = 0x180;

    private readonly SafeFileHandle _root;
    private readonly DirectoryChain _directories;
    private readonly DirectoryChain _linkDirectories;
    private readonly bool _durable;
    private readonly FileMetadataWriter _metadata;
    private readonly Stack<FileTreeEntry> _openDirectories = new();
    private readonly Dictionary<ulong, FilePath> _linkGroups = [];
    private readonly List<FileRestoreProblem> _problems = [];
    private readonly string _path;
    private FileTreeEntry? _file;
    private SafeFileHandle? _content;

    private DirectoryTreeTarget(SafeFileHandle root, string path, DirectoryTreeTargetOptions options)
    {
        _root = root;
        _path = path;
        _directories = new DirectoryChain(root);
        _linkDirectories = new DirectoryChain(root);
        _metadata = new FileMetadataWriter(options.OwnersByName, _problems);
        _durable = options.Durable;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<FileRestoreProblem> Problems => _problems;

    /// <summary>Makes or opens the directory.</summary>
    /// <param name="path">The directory; must not exist or be empty, but for an empty <c>lost+found</c>. Those above it are made if they are missing.</param>
    /// <param name="options">How to restore; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the removal of what the directory holds early.</param>
    /// <returns>The target; the caller disposes it.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.TargetExists"/>, <see cref="WaybillErrorCode.TargetWriteFailed"/>, or <see cref="WaybillErrorCode.PlatformUnsupported"/> where this is not Linux.
    /// </exception>
    public static DirectoryTreeTarget Create(string path, DirectoryTreeTargetOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DirectoryTreeSource.RequireLinux();
        SafeFileHandle root = OpenRoot(path);
        try
        {
            PrepareRoot(root, path, options?.Replaces ?? false, cancellationToken);
            return new DirectoryTreeTarget(root, path, options ?? new DirectoryTreeTargetOptions());
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        cancellationToken.ThrowIfCancellationRequested();
        FinishFile();
        LeaveDirectories(entry.Path);
        if (entry.Path.IsRoot)
        {
            _openDirectories.Push(entry);
            return ValueTask.FromResult(false);
        }

        if (!_directories.TryEnter(entry.Path.Parent, out SafeFileHandle parent))
        {
            Report(entry, FileRestoreProblem.File, $"its directory cannot be entered: {Errno.Describe(Errno.Last)}");
            return ValueTask.FromResult(false);
        }

        return ValueTask.FromResult(TryLink(entry, parent) ? false : Make(entry, parent));
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_content is null)
        {
            throw new InvalidOperationException("No file whose content is wanted was begun.");
        }

        // The file is new and has its size: what is not written reads as zeros and takes no space.
        if (content.Span.ContainsAnyExcept((byte)0))
        {
            LocalFile.Write(_content, _file!.Path.ToString(), offset, content.Span);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(CancellationToken cancellationToken = default)
    {
        if (_content is null)
        {
            throw new InvalidOperationException("No file whose content is wanted was begun.");
        }

        FileTreeEntry file = _file!;
        _content.Dispose();
        _content = null;
        _file = null;
        if (!_directories.TryEnter(file.Path.Parent, out SafeFileHandle parent) || Libc.RemoveAt(parent, file.Path.Name) != 0)
        {
            // What would stay behind looks whole and is not.
            throw Errno.ToTargetError(Errno.Last, file.Path.ToString());
        }

        if (file.LinkGroup != 0)
        {
            _linkGroups.Remove(file.LinkGroup);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        FinishFile();
        while (_openDirectories.TryPop(out FileTreeEntry? directory))
        {
            FinishDirectory(directory);
        }

        return !_durable || Libc.SyncFileSystem(_root) == 0 ? ValueTask.CompletedTask : throw Errno.ToTargetError(Errno.Last, _path);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _content?.Dispose();
        _directories.Dispose();
        _linkDirectories.Dispose();
        _root.Dispose();
        return base.DisposeAsync();
    }

    private static SafeFileHandle OpenRoot(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && !Path.Exists(path))
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToTargetError(e, path);
        }

        SafeFileHandle root = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNonBlocking);
        return !root.IsInvalid ? root
            : Errno.Last == Errno.NotDirectory ? throw Errno.TargetExists(path)
            : throw Errno.ToTargetError(Errno.Last, path);
    }

    // Looks at the directory that was opened, not once more at its name.
    private static void PrepareRoot(SafeFileHandle root, string path, bool replaces, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        if (replaces)
        {
            DirectoryEmptying.Run(root, path, buffer, cancellationToken);
        }

        DirectoryNames names = DirectoryNames.Read(root, FilePath.Root, buffer);
        if (names.Problem is { } problem)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"The directory cannot be read: {problem}") { ObjectName = path };
        }

        if (names.Count > 1 || (names.Count == 1 && !IsEmptyLostAndFound(root, names.GetName(0), buffer)))
        {
            throw Errno.TargetExists(path);
        }

        // Nobody else gets in until it has its own mode at the end, and nothing in it inherits rights that the tree does not state.
        if (Libc.ChangeMode(root, PrivateDirectory) != 0)
        {
            throw Errno.ToTargetError(Errno.Last, path);
        }

        _ = Libc.RemoveXattr(root, "system.posix_acl_default\0"u8);
    }

    // What a freshly made file system brings along.
    private static bool IsEmptyLostAndFound(SafeFileHandle root, ReadOnlySpan<byte> name, byte[] buffer)
    {
        if (!name.SequenceEqual("lost+found"u8))
        {
            return false;
        }

        using SafeFileHandle directory = Libc.OpenAt(root, name, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNoFollow);
        return !directory.IsInvalid && DirectoryNames.Read(directory, FilePath.Root, buffer) is { Count: 0, Problem: null };
    }

    /// <summary>Gives a file restored already one more name.</summary>
    private bool TryLink(FileTreeEntry entry, SafeFileHandle parent)
    {
        if (entry.LinkGroup == 0)
        {
            return false;
        }

        if (!_linkGroups.TryGetValue(entry.LinkGroup, out FilePath first))
        {
            _linkGroups.Add(entry.LinkGroup, entry.Path);
            return false;
        }

        if (_linkDirectories.TryEnter(first.Parent, out SafeFileHandle directory) && Libc.LinkAt(directory, first.Name, parent, entry.Path.Name) == 0)
        {
            return true;
        }

        // Each name carries the content, so the data is not lost where a link cannot be made.
        Report(entry, "hard link", Errno.Describe(Errno.Last));
        return false;
    }

    private bool Make(FileTreeEntry entry, SafeFileHandle parent)
    {
        ReadOnlySpan<byte> name = entry.Path.Name;
        switch (entry.Type)
        {
            case FileType.Regular:
                return MakeRegular(entry, parent);
            case FileType.Directory when Libc.MakeDirectoryAt(parent, name, PrivateDirectory) == 0 || IsGivenLostAndFound(entry):
                _openDirectories.Push(entry);
                return false;
            case FileType.CharacterDevice or FileType.BlockDevice when FileMetadataWriter.IsUnknown(entry):
                Report(entry, FileRestoreProblem.File, "the bundle does not know which device it was");
                return false;
            case FileType.SymbolicLink when Libc.MakeSymbolicLinkAt(parent, name, entry.LinkTarget.AsSpan()) == 0:
            case FileType.Fifo when Libc.MakeFifoAt(parent, name, PrivateFile) == 0:
            case FileType.Socket when Libc.MakeNodeAt(parent, name, (uint)FileKind.Socket | PrivateFile, 0, 0) == 0:
            case FileType.CharacterDevice when Libc.MakeNodeAt(parent, name, (uint)FileKind.CharacterDevice | PrivateFile, entry.DeviceMajor, entry.DeviceMinor) == 0:
            case FileType.BlockDevice when Libc.MakeNodeAt(parent, name, (uint)FileKind.BlockDevice | PrivateFile, entry.DeviceMajor, entry.DeviceMinor) == 0:
                _metadata.ApplyAt(entry, parent);
                return false;
            default:
                FailFor(Errno.Last, entry);
                return false;
        }
    }

    // The root was empty but for this directory, so it is the one that was there and not another entry's.
    private static bool IsGivenLostAndFound(FileTreeEntry entry) =>
        Errno.Last == Errno.Exists && entry.Path.Bytes.SequenceEqual("lost+found"u8);

    private bool MakeRegular(FileTreeEntry entry, SafeFileHandle parent)
    {
        SafeFileHandle file = Libc.OpenAt(parent, entry.Path.Name, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenNoFollow, PrivateFile);
        if (file.IsInvalid)
        {
            FailFor(Errno.Last, entry);
            return false;
        }

        _content = file;
        _file = entry;
        if (entry.Size > 0 && Libc.Truncate(file, entry.Size) != 0)
        {
            FailFor(Errno.Last, entry);
        }

        return true;
    }

    private void FinishFile()
    {
        if (_content is { } content)
        {
            _metadata.Apply(_file!, content);
            content.Dispose();
            _content = null;
            _file = null;
        }
    }

    private void LeaveDirectories(FilePath next)
    {
        while (_openDirectories.TryPeek(out FileTreeEntry? directory) && !directory.Path.IsRoot && !next.IsBelow(directory.Path))
        {
            FinishDirectory(_openDirectories.Pop());
        }
    }

    private void FinishDirectory(FileTreeEntry directory)
    {
        if (directory.Path.IsRoot)
        {
            _metadata.Apply(directory, _root);
        }
        else if (_directories.TryEnter(directory.Path, out SafeFileHandle handle))
        {
            _metadata.Apply(directory, handle);
        }
        else
        {
            Report(directory, "metadata", Errno.Describe(Errno.Last));
        }
    }

    /// <summary>Reports one file, but ends the restore where every further one would fail too.</summary>
    private void FailFor(int error, FileTreeEntry entry)
    {
        if (error is Errno.NoSpace or Errno.QuotaExceeded or Errno.ReadOnlyFileSystem or Errno.IoError)
        {
            throw Errno.ToTargetError(error, entry.Path.ToString());
        }

        Report(entry, FileRestoreProblem.File, Errno.Describe(error));
    }

    private void Report(FileTreeEntry entry, string what, string reason) => _problems.Add(new FileRestoreProblem(entry.Path, what, reason));
}
