using System.Runtime.CompilerServices;

namespace Waybill.Samples.SimulatedArray;

/// <summary>Reads a snapshot, or a volume as it is at each read.</summary>
internal sealed class ContentReader(RequestGate gate, long length, Func<ThinContent> content) : BlockReader
{
    private bool _disposed;

    public override long Length => length;

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        await gate.PassAsync(ArrayOperation.Read, cancellationToken).ConfigureAwait(false);
        int count = (int)Math.Min(destination.Length, Length - offset);
        content().Read(offset, destination.Span[..count]);
        return count;
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await gate.PassAsync(ArrayOperation.ListPage, cancellationToken).ConfigureAwait(false);
        foreach (ByteRange range in UnitRuns.Of(content().Units, Length))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return range;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    public override ValueTask DisposeAsync()
    {
        _disposed = true;
        return base.DisposeAsync();
    }
}
