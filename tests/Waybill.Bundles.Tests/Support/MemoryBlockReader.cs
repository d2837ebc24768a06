namespace Waybill.Bundles.Tests.Support;

/// <summary>A volume in memory. Says truthfully which blocks of its grid hold data, or claims that all do.</summary>
internal sealed class MemoryBlockReader(byte[] content, int holeGrid = 0) : BlockReader
{
    public override long Length => content.Length;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int length = (int)Math.Min(destination.Length, Math.Max(0, content.Length - offset));
        content.AsMemory((int)offset, length).CopyTo(destination);
        return ValueTask.FromResult(length);
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (holeGrid == 0)
        {
            await foreach (ByteRange range in base.GetDataRangesAsync(cancellationToken))
            {
                yield return range;
            }

            yield break;
        }

        for (int start = 0; start < content.Length; start += holeGrid)
        {
            int length = Math.Min(holeGrid, content.Length - start);
            if (content.AsSpan(start, length).ContainsAnyExcept((byte)0))
            {
                yield return new ByteRange(start, length);
            }
        }
    }
}
