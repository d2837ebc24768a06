using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>An open file whose extents can be walked as often as needed, also after its name is gone.</summary>
internal sealed class ExtentReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _provider;
    private readonly string _path;
    private readonly ulong _inode;
    private readonly Source _source;

    private ExtentReader(SafeFileHandle file, in FileStatus status, string provider, string path, long length)
    {
        _file = file;
        _provider = provider;
        _path = path;
        _inode = status.Inode;
        Length = Math.Min(length, status.Size);
        _source = BtrfsCursor.IsOffered(file) ? Source.Btrfs : FiemapCursor.IsOffered(file) ? Source.Fiemap : Source.Seek;
    }

    private enum Source
    {
        Seek,
        Fiemap,
        Btrfs,
    }

    /// <summary>Gets the size of the content in bytes.</summary>
    public long Length { get; }

    /// <summary>Gets whether places can be compared with those of another file of the same file system.</summary>
    public bool KnowsPlaces => _source != Source.Seek;

    /// <summary>Opens a file.</summary>
    /// <returns>The reader, which the caller disposes; null if there is no such file.</returns>
    public static ExtentReader? TryOpen(string provider, string path, long length)
    {
        SafeFileHandle file = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenNoTerminal);
        if (file.IsInvalid && Errno.Last == Errno.NoEntry)
        {
            return null;
        }

        if (file.IsInvalid || !Libc.TryGetStatus(file, out FileStatus status))
        {
            int error = Errno.Last;
            file.Dispose();
            throw Errno.ToError(provider, error, "The file cannot be opened", path);
        }

        return new ExtentReader(file, status, provider, path, length);
    }

    /// <summary>Whether extents of both mean the same kind of place.</summary>
    public bool CanCompareWith(ExtentReader other) => KnowsPlaces && _source == other._source;

    /// <summary>Begins to walk.</summary>
    public ExtentCursor Walk(long start) => _source switch
    {
        Source.Btrfs => new BtrfsCursor(_file, _inode, start, _provider, _path),
        Source.Fiemap => new FiemapCursor(_file, start, _provider, _path),
        _ => new SeekCursor(_file, start, Length),
    };

    /// <summary>Makes what is in memory only known to the file system.</summary>
    public void Flush()
    {
        if (Libc.Sync(_file) != 0)
        {
            throw Errno.ToError(_provider, Errno.Last, "The file cannot be flushed", _path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
