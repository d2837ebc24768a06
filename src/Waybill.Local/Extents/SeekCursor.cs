using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Walks what is not a hole, where the file system says no more than that.</summary>
internal sealed class SeekCursor : ExtentCursor
{
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private long _position;

    /// <param name="file">Remains the caller's.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="length">The size of the file.</param>
    public SeekCursor(SafeFileHandle file, long start, long length)
    {
        _file = file;
        _position = start;
        _length = length;
    }

    /// <inheritdoc/>
    public override bool TryRead(out Extent extent)
    {
        extent = default;
        if (_position >= _length)
        {
            return false;
        }

        long start = Libc.Seek(_file, _position, Libc.SeekData);
        if (start < 0)
        {
            if (Errno.Last == Errno.NoSuchAddress)
            {
                _position = _length;
                return false;
            }

            // A device, or a file system without the call: all of it may be data.
            start = _position;
        }

        long end = Libc.Seek(_file, start, Libc.SeekHole);
        end = end <= start || end > _length ? _length : end;
        if (start >= end)
        {
            return false;
        }

        extent = new Extent(start, end, ExtentContent.Unplaced);
        _position = end;
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
