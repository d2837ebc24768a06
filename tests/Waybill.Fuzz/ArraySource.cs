using Waybill;

namespace Waybill.Fuzz;

/// <summary>A bundle in memory.</summary>
internal sealed class ArraySource(byte[] bytes) : ByteSource
{
    public override string Name => "mutant";

    public override long Length => bytes.Length;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int length = (int)Math.Min(destination.Length, Math.Max(0, bytes.Length - offset));
        bytes.AsMemory((int)Math.Min(offset, bytes.Length), length).CopyTo(destination);
        return ValueTask.FromResult(length);
    }
}
