namespace Waybill.Bundles.Tests.Support;

/// <summary>A pipe that hands out its bytes in pieces as it likes, never more than asked for, and only asynchronously.</summary>
/// <param name="content">The bytes.</param>
/// <param name="pieceLength">The length of the next piece; the number of the piece is given.</param>
internal sealed class SegmentedStream(byte[] content, Func<int, int> pieceLength) : Stream
{
    private int _position;
    private int _pieces;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static SegmentedStream OneByteAtATime(byte[] content) => new(content, _ => 1);

    public static SegmentedStream Random(byte[] content, int seed)
    {
        var random = new Random(seed);
        return new SegmentedStream(content, _ => 1 << random.Next(17));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int length = Math.Min(Math.Min(buffer.Length, content.Length - _position), pieceLength(_pieces++));
        content.AsMemory(_position, length).CopyTo(buffer);
        _position += length;
        return ValueTask.FromResult(length);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Reading a pipe must not block a thread.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
