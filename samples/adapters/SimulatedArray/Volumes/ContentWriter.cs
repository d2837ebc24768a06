namespace Waybill.Samples.SimulatedArray;

/// <summary>Writes a volume. A write is acknowledged when it is in the content and in the journal, which happens at one moment.</summary>
internal sealed class ContentWriter(SimulatedArrayProvider array, ArrayVolume volume) : BlockWriter
{
    private bool _disposed;

    public override long Length { get; } = volume.Length;

    public override bool StartsZeroed { get; } = volume.Content.IsEmpty;

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        var range = new ByteRange(offset, source.Length);
        await BeginAsync(range, cancellationToken).ConfigureAwait(false);
        array.Change(volume, range, content => content.Write(offset, source.Span));
    }

    public override async ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default)
    {
        await BeginAsync(range, cancellationToken).ConfigureAwait(false);
        array.Change(volume, range, content => content.Clear(range));
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await array.Gate.PassAsync(ArrayOperation.Write, cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            array.ReleaseWriter(volume);
        }

        return base.DisposeAsync();
    }

    private ValueTask BeginAsync(ByteRange range, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(range.Offset, nameof(range));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.End, Length, nameof(range));
        return array.Gate.PassAsync(ArrayOperation.Write, cancellationToken);
    }
}
