using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Walks extents as FIEMAP reports them, which most file systems offer to everybody.</summary>
internal sealed unsafe class FiemapCursor : ExtentCursor
{
    private const int BatchSize = 2048;
    private const int HeaderSize = 32;
    private const int EntrySize = 56;
    private const uint FlagSync = 1;

    private readonly SafeFileHandle _file;
    private readonly string _provider;
    private readonly string _path;
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(HeaderSize + (BatchSize * EntrySize));
    private long _position;
    private int _count;
    private int _next;
    private bool _ended;

    /// <param name="file">Remains the caller's.</param>
    /// <param name="start">Extents that end at or before it are left out.</param>
    /// <param name="provider">For errors.</param>
    /// <param name="path">For errors.</param>
    public FiemapCursor(SafeFileHandle file, long start, string provider, string path)
    {
        _file = file;
        _position = start;
        _provider = provider;
        _path = path;
    }

    /// <summary>Asks whether a file can be asked at all.</summary>
    public static bool IsOffered(SafeFileHandle file)
    {
        byte* header = stackalloc byte[HeaderSize];
        Write(new Span<byte>(header, HeaderSize), 0, 0);
        return Libc.Control(file, Libc.FileExtentMap, header) == 0;
    }

    /// <inheritdoc/>
    public override bool TryRead(out Extent extent)
    {
        while (true)
        {
            if (_next == _count && (_ended || !ReadBatch()))
            {
                extent = default;
                return false;
            }

            ref readonly FiemapEntry entry = ref MemoryMarshal.AsRef<FiemapEntry>(_buffer.AsSpan(HeaderSize + (_next++ * EntrySize), EntrySize));
            _ended |= (entry.Flags & FiemapEntry.Last) != 0;
            long start = (long)Math.Min(entry.Logical, long.MaxValue);
            long end = entry.Length > (ulong)(long.MaxValue - start) ? long.MaxValue : start + (long)entry.Length;
            if (end <= _position)
            {
                continue;
            }

            // Where two answers overlap, the earlier one counts: together they never step back.
            extent = entry.ToExtent(Math.Max(start, _position), end);
            _position = end;
            return true;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Write(Span<byte> header, long start, int count)
    {
        header.Clear();
        MemoryMarshal.Write(header, start);
        MemoryMarshal.Write(header[8..], ulong.MaxValue - (ulong)start);
        MemoryMarshal.Write(header[16..], FlagSync);
        MemoryMarshal.Write(header[24..], count);
    }

    private bool ReadBatch()
    {
        byte[] buffer = _buffer ?? throw new ObjectDisposedException(nameof(FiemapCursor));
        Write(buffer.AsSpan(0, HeaderSize), _position, BatchSize);
        fixed (byte* b = buffer)
        {
            if (Libc.Control(_file, Libc.FileExtentMap, b) != 0)
            {
                throw Errno.ToError(_provider, Errno.Last, "The extents of the file cannot be listed", _path);
            }
        }

        _next = 0;
        _count = MemoryMarshal.Read<int>(buffer.AsSpan(20));
        if (_count == 0)
        {
            _ended = true;
            return false;
        }

        return true;
    }
}
