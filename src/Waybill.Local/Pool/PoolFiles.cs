using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Makes, clones, grows and removes the image files of a pool. What a method made is on the disk, name included, when it returns.</summary>
internal sealed class PoolFiles
{
    private const uint FileMode = 0x180;

    private readonly string _provider;

    public PoolFiles(string provider, bool canClone)
    {
        _provider = provider;
        CanClone = canClone;
    }

    /// <summary>Gets whether the file system of the pool clones files, so that neither snapshots nor clones copy anything.</summary>
    public bool CanClone { get; }

    /// <summary>Tries in a directory whether files can be cloned and asked for their extents.</summary>
    public static bool Probe(string directory)
    {
        string path = Path.Join(directory, $".probe-{Guid.NewGuid():N}");
        using SafeFileHandle source = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, FileMode);
        using SafeFileHandle target = Libc.Open(path + "-clone", Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, FileMode);
        try
        {
            return !source.IsInvalid && !target.IsInvalid && Libc.Truncate(source, 64 * 1024) == 0 && Libc.Clone(target, source) == 0
                && FiemapCursor.IsOffered(target);
        }
        finally
        {
            _ = Libc.Remove(path);
            _ = Libc.Remove(path + "-clone");
        }
    }

    /// <summary>Makes an image of zeros.</summary>
    public void Create(string path, long length)
    {
        using SafeFileHandle file = OpenNew(path);
        SetLength(file, path, length);
        Flush(file, path);
        FlushDirectoryOf(path);
    }

    /// <summary>Makes an empty tree.</summary>
    public void CreateDirectory(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.ProviderFailed, _provider, $"The tree cannot be made: {e.Message}", e) { ObjectName = path };
        }

        FlushDirectoryOf(path);
    }

    /// <summary>Makes an image that holds what another file holds at one moment of this call.</summary>
    /// <param name="source">The file.</param>
    /// <param name="path">The image.</param>
    /// <param name="length">Makes it this large if the source is smaller.</param>
    /// <param name="flush">Whether it is on the disk at the end; otherwise <see cref="Flush(string)"/> puts it there.</param>
    /// <param name="cancellationToken">Ends a copy early; a clone takes no time.</param>
    /// <returns>The size of the image.</returns>
    public long Clone(string source, string path, long length, bool flush, CancellationToken cancellationToken)
    {
        using SafeFileHandle from = Libc.Open(source, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenNoTerminal);
        if (from.IsInvalid)
        {
            throw Errno.ToError(_provider, Errno.Last, "The file cannot be opened", source);
        }

        using SafeFileHandle to = OpenNew(path);
        if (!CanClone)
        {
            new SparseCopy(_provider).Run(from, source, to, path, cancellationToken);
        }
        else if (Libc.Clone(to, from) != 0)
        {
            throw Errno.ToError(_provider, Errno.Last, "The file cannot be cloned", source);
        }

        long result = Math.Max(length, GetLength(to, path));
        if (result > GetLength(to, path))
        {
            SetLength(to, path, result);
        }

        if (flush)
        {
            Flush(to, path);
            FlushDirectoryOf(path);
        }

        return result;
    }

    /// <summary>Puts an image on the disk, name included.</summary>
    public void Flush(string path)
    {
        using SafeFileHandle file = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenNoTerminal);
        if (file.IsInvalid)
        {
            throw Errno.ToError(_provider, Errno.Last, "The file cannot be opened", path);
        }

        Flush(file, path);
        FlushDirectoryOf(path);
    }

    /// <summary>Makes an image larger; what is new reads as zeros. One that is large enough stays as it is.</summary>
    public void Grow(string path, long length)
    {
        using SafeFileHandle file = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenNoTerminal);
        if (file.IsInvalid)
        {
            throw Errno.ToError(_provider, Errno.Last, "The volume cannot be opened", path);
        }

        if (GetLength(file, path) < length)
        {
            SetLength(file, path, length);
            Flush(file, path);
        }
    }

    /// <summary>Removes an image or tree. One that is not there is removed already.</summary>
    public void Remove(string path, VolumeKind kind)
    {
        if (kind == VolumeKind.FileTree)
        {
            TreeRemoval.Remove(path, _provider);
        }
        else if (Libc.Remove(path) != 0 && Errno.Last != Errno.NoEntry)
        {
            throw Errno.ToError(_provider, Errno.Last, "The file cannot be removed", path);
        }

        FlushDirectoryOf(path);
    }

    /// <summary>Makes the names in the directory above a path durable.</summary>
    public void FlushDirectoryOf(string path)
    {
        string directory = Path.GetDirectoryName(path)!;
        using SafeFileHandle handle = Libc.Open(directory, Libc.OpenReadOnly | Libc.OpenDirectory);
        if (handle.IsInvalid || Libc.Sync(handle) != 0)
        {
            throw Errno.ToError(_provider, Errno.Last, "The directory cannot be flushed", directory);
        }
    }

    private SafeFileHandle OpenNew(string path)
    {
        SafeFileHandle file = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, FileMode);
        if (file.IsInvalid)
        {
            int error = Errno.Last;
            file.Dispose();
            throw Errno.ToError(_provider, error, "The file cannot be made", path);
        }

        return file;
    }

    private long GetLength(SafeFileHandle file, string path) =>
        Libc.TryGetStatus(file, out FileStatus status) ? status.Size : throw Errno.ToError(_provider, Errno.Last, "The file cannot be asked for its size", path);

    private void SetLength(SafeFileHandle file, string path, long length)
    {
        if (Libc.Truncate(file, length) != 0)
        {
            throw Errno.ToError(_provider, Errno.Last, "The file cannot be given its size", path);
        }
    }

    private void Flush(SafeFileHandle file, string path)
    {
        if (Libc.Sync(file) != 0)
        {
            throw Errno.ToError(_provider, Errno.Last, "The file cannot be flushed", path);
        }
    }
}
