using Waybill.Bundles;

namespace Waybill.Local;

/// <summary>Writes an image while nobody else can.</summary>
internal sealed class LockedBlockWriter : BlockWriter
{
    private readonly FileBlockWriter _inner;
    private readonly VolumeLock? _lock;

    public LockedBlockWriter(FileBlockWriter inner, VolumeLock? volumeLock, bool startsZeroed)
    {
        _inner = inner;
        _lock = volumeLock;
        StartsZeroed = startsZeroed;
    }

    /// <inheritdoc/>
    public override long Length => _inner.Length;

    /// <inheritdoc/>
    public override bool StartsZeroed { get; }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        _inner.WriteAsync(offset, source, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default) =>
        _inner.WriteZeroesAsync(range, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => _inner.CompleteAsync(cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
