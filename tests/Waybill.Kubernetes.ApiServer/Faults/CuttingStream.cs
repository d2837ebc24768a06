namespace Waybill.Kubernetes.ApiServer.Faults;

/// <summary>Passes so many bytes on and then cuts the connection.</summary>
internal sealed class CuttingStream(Stream inner, long bytes) : Stream
{
    private long _left = bytes;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int passed = (int)Math.Min(_left, buffer.Length);
        await inner.WriteAsync(buffer[..passed], cancellationToken);
        _left -= passed;
        if (_left == 0)
        {
            await inner.FlushAsync(cancellationToken);

            // An answer whose writing fails ends without its end, and what was written arrives.
            throw new IOException("The answer was cut.");
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
