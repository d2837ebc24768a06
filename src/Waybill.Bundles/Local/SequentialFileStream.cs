using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Writes a file front to back with a small buffer, and names the file in every failure.</summary>
/// <remarks>
/// What is to be on the disk is written past the page cache once it is more than <see cref="DirectWriter.BufferSize"/>; a flush ends that.
/// What is left to the system goes through the page cache: that takes it as fast as memory and does the waiting later.
/// </remarks>
internal sealed class SequentialFileStream(SafeFileHandle file, string path, bool durable) : Stream
{
    private const int BufferSize = 128 * 1024;

    private readonly EarlyWriteback? _writeback = durable ? new(file) : null;
    private byte[]? _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _buffered;
    private long _written;
    private bool _mayGoDirect = durable;
    private DirectWriter? _direct;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => _buffer is not null;

    public override long Length => Position;

    public override long Position
    {
        get => _direct?.Position ?? _written + _buffered;
        set => throw new NotSupportedException("The file is written front to back.");
    }

    /// <summary>Ends writing.</summary>
    /// <param name="seal">True to hand over what is in the buffers; false to drop it.</param>
    public async ValueTask CloseAsync(bool seal)
    {
        if (seal && _buffer is not null)
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }

        _direct?.Dispose();
        _direct = null;
        _buffer = null;
    }

    public override void Flush()
    {
        RequireOpen();
        _direct?.Complete();
        EndDirect();
        FlushBuffer();
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequireOpen();
        if (_direct is not null)
        {
            await _direct.CompleteAsync().ConfigureAwait(false);
        }

        EndDirect();
        FlushBuffer();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        int buffered = WriteBuffered(buffer);
        _direct?.Write(buffer[buffered..]);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    // Copies on the calling thread, into the page cache too: that is cheaper than a hop to another one.
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        try
        {
            int buffered = WriteBuffered(buffer.Span);
            return _direct is null ? ValueTask.CompletedTask : _direct.WriteAsync(buffer[buffered..]);
        }
        catch (Exception e) when (e is WaybillException or ObjectDisposedException)
        {
            return ValueTask.FromException(e);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The file is only written.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The file is written front to back.");

    public override void SetLength(long value) => throw new NotSupportedException("The file is written front to back.");

    /// <summary>Writes what goes through the page cache, and begins to write directly where that ends.</summary>
    /// <returns>How many of the bytes that were; the others are for the direct writer.</returns>
    private int WriteBuffered(ReadOnlySpan<byte> bytes)
    {
        RequireOpen();
        if (_direct is not null)
        {
            return 0;
        }

        long room = _mayGoDirect ? DirectWriter.BufferSize - Position : long.MaxValue;
        if (bytes.Length <= room)
        {
            Buffer(bytes);
            return bytes.Length;
        }

        Buffer(bytes[..(int)room]);
        FlushBuffer();
        _mayGoDirect = false;
        _direct = DirectWriter.TryBegin(file, path, _written, _writeback!);
        return _direct is null ? (int)room + WriteBuffered(bytes[(int)room..]) : (int)room;
    }

    private void Buffer(ReadOnlySpan<byte> bytes)
    {
        byte[] own = RequireOpen();
        if (bytes.Length > own.Length - _buffered)
        {
            FlushBuffer();
        }

        if (bytes.Length >= own.Length)
        {
            WriteThrough(bytes);
            return;
        }

        bytes.CopyTo(own.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    private void FlushBuffer()
    {
        WriteThrough(RequireOpen().AsSpan(0, _buffered));
        _buffered = 0;
    }

    // Direct writing does not begin again: the position is aligned no more.
    private void EndDirect()
    {
        if (_direct is not null)
        {
            _written = _direct.Position;
            _direct.Dispose();
            _direct = null;
        }
    }

    private void WriteThrough(ReadOnlySpan<byte> bytes)
    {
        LocalFile.Write(file, path, _written, bytes);
        _written += bytes.Length;
        _writeback?.Wrote(bytes.Length);
    }

    private byte[] RequireOpen() => _buffer ?? throw new ObjectDisposedException(nameof(AtomicOutput));
}
