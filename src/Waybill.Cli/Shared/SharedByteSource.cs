namespace Waybill.Cli.Shared;

/// <summary>A stored bundle that is read by one reader after another; each may dispose what it was lent.</summary>
internal sealed class SharedByteSource(ByteSource inner) : IAsyncDisposable
{
    public long Length => inner.Length;

    /// <summary>Gets the source for a reader that disposes its source.</summary>
    public ByteSource Lend() => new Lent(inner);

    /// <summary>Gets the source front to back.</summary>
    public Stream OpenStream() => new Sequential(inner);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Lent(ByteSource inner) : ByteSource
    {
        public override string Name => inner.Name;

        public override long Length => inner.Length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(offset, destination, cancellationToken);
    }

    private sealed class Sequential(ByteSource inner) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException("Only read front to back.");
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = (int)Math.Min(buffer.Length, inner.Length - _position);
            int read = count == 0 ? 0 : await inner.ReadAsync(_position, buffer[..count], cancellationToken).ConfigureAwait(false);
            _position += read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only read asynchronously.");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Only read front to back.");

        public override void SetLength(long value) => throw new NotSupportedException("Only read.");

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only read.");
    }
}
