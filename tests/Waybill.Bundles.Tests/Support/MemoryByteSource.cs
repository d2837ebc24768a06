namespace Waybill.Bundles.Tests.Support;

/// <summary>A bundle in memory that records every read.</summary>
internal sealed class MemoryByteSource(byte[] bundle, string name = "memory.waybill") : ByteSource
{
    public List<ByteRange> Reads { get; } = [];

    public override string Name => name;

    public override long Length => bundle.Length;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int length = (int)Math.Min(destination.Length, Math.Max(0, bundle.Length - offset));
        bundle.AsMemory((int)offset, length).CopyTo(destination);
        lock (Reads)
        {
            Reads.Add(new ByteRange(offset, length));
        }

        return ValueTask.FromResult(length);
    }
}
