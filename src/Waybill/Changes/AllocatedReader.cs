namespace Waybill.Engine;

/// <summary>A snapshot of which the platform told what is allocated: the rest is zeros and need not be read.</summary>
internal sealed class AllocatedReader(BlockReader snapshot, IReadOnlyList<ByteRange> allocated) : BlockReader
{
    public override long Length => snapshot.Length;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        snapshot.ReadAsync(offset, destination, cancellationToken);

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (ByteRange range in allocated)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return range;
        }
    }
}
