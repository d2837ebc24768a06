using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Waybill.Kubernetes;

/// <summary>One mapped file of a spool.</summary>
internal sealed unsafe class SpoolSegment : MemoryManager<byte>
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    private SpoolSegment(MemoryMappedFile file, int length)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, length);
        Length = length;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public int Length { get; }

    /// <summary>Makes a file with its space allocated: a disk that is full is an error here, not a fault when the memory is written.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.NoSpace"/>.</exception>
    public static SpoolSegment Create(int length)
    {
        string path = Path.Combine(Path.GetTempPath(), $"waybill-{Path.GetRandomFileName()}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose, PreallocationSize = length, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            var stream = new FileStream(path, options);
            try
            {
                stream.SetLength(length);
                if (!OperatingSystem.IsWindows())
                {
                    File.Delete(path); // Secrets are among the objects: no name leads to them, whatever becomes of this process
                }

                return new SpoolSegment(MemoryMappedFile.CreateFromFile(stream, null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false), length);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }
        catch (IOException error)
        {
            throw new WaybillException(WaybillErrorCode.NoSpace, $"There is no room for what the cluster says: {error.Message}", error)
            {
                ObjectName = Path.GetTempPath(), Hint = "Free space there, or set $TMPDIR.",
            };
        }
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new Span<byte>(_start, Length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Length);
        return new MemoryHandle(_start + elementIndex); // mapped memory does not move
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _start is not null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
