namespace Waybill.Cli.Tests;

/// <summary>A disk that says nothing and changes one bit, or loses what comes after a place.</summary>
internal sealed class FaultyDisk(Stream inner, long place, bool loses) : Stream
{
    private long _position;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(Change(buffer.AsSpan(offset, count)));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(Change(buffer.Span), cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private byte[] Change(ReadOnlySpan<byte> bytes)
    {
        byte[] changed = bytes.ToArray();
        long here = place - _position;
        _position += changed.Length;
        if (loses)
        {
            return changed[..(int)Math.Clamp(here, 0, changed.Length)];
        }

        if (here >= 0 && here < changed.Length)
        {
            changed[here] ^= 1;
        }

        return changed;
    }
}
