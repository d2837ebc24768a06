namespace Waybill.Cli.CommandLine;

/// <summary>A standard stream of the process whose failures carry a code: the other end of a pipe may end at any time, a redirected file fill the disk.</summary>
internal sealed class StandardStream(Stream inner, string name) : Stream
{
    private const int NoSpaceErrno = 28;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => throw new NotSupportedException("A pipe has no length.");

    public override long Position
    {
        get => throw new NotSupportedException("A pipe has no position.");
        set => throw new NotSupportedException("A pipe has no position.");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (IOException error)
        {
            throw ReadFailed(error);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            // A read from a pipe cannot be called back: who is cancelled leaves it, and the process ends without it.
            return await inner.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw ReadFailed(error);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (IOException error)
        {
            throw WriteFailed(error);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw WriteFailed(error);
        }
    }

    public override void Flush()
    {
        try
        {
            inner.Flush();
        }
        catch (IOException error)
        {
            throw WriteFailed(error);
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw WriteFailed(error);
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A pipe cannot be sought.");

    public override void SetLength(long value) => throw new NotSupportedException("A pipe has no length.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private ProviderException ReadFailed(IOException error) =>
        new(WaybillErrorCode.SourceReadFailed, "pipe", $"It could not be read: {error.Message}", error) { ObjectName = name };

    private ProviderException WriteFailed(IOException error) =>
        new(
            error.HResult is NoSpaceErrno or WindowsDiskFull ? WaybillErrorCode.NoSpace : WaybillErrorCode.TargetWriteFailed,
            "pipe",
            $"It could not be written: {error.Message}",
            error)
        {
            ObjectName = name,
        };
}
