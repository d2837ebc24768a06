using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Writes a file front to back with a small buffer, and names the file in every failure.</summary>
internal sealed class SequentialFileStream(SafeFileHandle file, string path, bool durable) : Stream
{
    private const int BufferSize = 128 * 1024;

    private readonly EarlyWriteback? _writeback = durable ? new(file) : null;
    private byte[]? _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _buffered;
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => _buffer is not null;

    public override long Length => _written + _buffered;

    public override long Position
    {
        get => _written + _buffered;
        set => throw new NotSupportedException("The file is written front to back.");
    }

    /// <summary>Ends writing.</summary>
    /// <param name="seal">True to hand over what is in the buffer; false to drop it.</param>
    public void Close(bool seal)
    {
        if (seal && _buffer is not null)
        {
            Flush();
        }

        _buffer = null;
    }

    public override void Flush()
    {
        byte[] buffer = RequireOpen();
        WriteThrough(buffer.AsSpan(0, _buffered));
        _buffered = 0;
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Flush();
        return Task.CompletedTask;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        byte[] own = RequireOpen();
        if (buffer.Length > own.Length - _buffered)
        {
            Flush();
        }

        if (buffer.Length >= own.Length)
        {
            WriteThrough(buffer);
            return;
        }

        buffer.CopyTo(own.AsSpan(_buffered));
        _buffered += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    // Writes on the calling thread: a copy into the page cache is cheaper than a hop to another one.
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        try
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
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

    private void WriteThrough(ReadOnlySpan<byte> bytes)
    {
        LocalFile.Write(file, path, _written, bytes);
        _written += bytes.Length;
        _writeback?.Wrote(bytes.Length);
    }

    private byte[] RequireOpen() => _buffer ?? throw new ObjectDisposedException(nameof(AtomicOutput));
}
