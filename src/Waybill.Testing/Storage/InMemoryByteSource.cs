namespace Waybill.Testing;

/// <summary>Bytes in memory as a stored bundle.</summary>
internal sealed class InMemoryByteSource(string name, byte[] bytes) : ByteSource
{
    public override string Name { get; } = name;

    public override long Length => bytes.Length;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int start = (int)Math.Min(offset, bytes.Length);
        int count = Math.Min(destination.Length, bytes.Length - start);
        bytes.AsMemory(start, count).CopyTo(destination);
        return ValueTask.FromResult(count);
    }
}
