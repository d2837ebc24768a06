using System.Runtime.CompilerServices;

namespace Waybill.Bundles.Tests.Support;

/// <summary>A volume of any length that is zero but for some pieces, and says so.</summary>
internal sealed class SparseBlockReader(long length, params (long Offset, byte[] Bytes)[] pieces) : BlockReader
{
    public override long Length => length;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        destination = destination[..(int)Math.Min(destination.Length, length - offset)];
        destination.Span.Clear();
        var wanted = new ByteRange(offset, destination.Length);
        foreach ((long start, byte[] bytes) in pieces)
        {
            ByteRange part = new ByteRange(start, bytes.Length).Intersect(wanted);
            if (!part.IsEmpty)
            {
                bytes.AsSpan((int)(part.Offset - start), (int)part.Length).CopyTo(destination.Span[(int)(part.Offset - offset)..]);
            }
        }

        return ValueTask.FromResult(destination.Length);
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach ((long start, byte[] bytes) in pieces)
        {
            yield return new ByteRange(start, bytes.Length);
        }
    }
}
