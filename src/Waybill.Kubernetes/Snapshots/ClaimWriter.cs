using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Writes a claim through the backup API: gathers what is written, wherever it goes, and sends it in the order of offsets.</summary>
internal sealed class ClaimWriter(BackupClient client, BoundClaim claim, Func<ValueTask> onDispose) : BlockWriter
{
    private const int LargestBatch = 8 << 20;
    private const int LargestPiece = 1 << 20;
    private const int MostPieces = 4096;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly List<VolumeChange> _pending = [];
    private long _pendingBytes;
    private bool _disposed;

    public override long Length => claim.Length;

    /// <summary>Nobody but the driver knows, and it is not asked: zeros are sent as such, which costs next to nothing.</summary>
    public override bool StartsZeroed => false;

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Check(offset, source.Length);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (int done = 0; done < source.Length; done += LargestPiece)
            {
                ReadOnlyMemory<byte> piece = source.Slice(done, Math.Min(LargestPiece, source.Length - done));
                await AddAsync(VolumeChange.Write(offset + done, piece.ToArray()), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public override async ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default)
    {
        Check(range.Offset, range.Length);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!range.IsEmpty)
            {
                await AddAsync(VolumeChange.Zero(range, deallocated: true), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default) => await FlushAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Sends what was gathered, and waits until it is durable. If that fails it is kept, and sent again with what comes next.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SendAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends what was gathered, and lets nothing more be written until the result is disposed.</summary>
    public async Task<IDisposable> HoldAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SendAsync(cancellationToken).ConfigureAwait(false);
            return new Hold(_gate);
        }
        catch
        {
            _gate.Release();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            // Whoever takes a snapshot may be flushing.
            await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            _disposed = true;
            _pending.Clear();
            _gate.Release();
            await onDispose().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void Check(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
    }

    private async Task AddAsync(VolumeChange change, CancellationToken cancellationToken)
    {
        int place = FindPlace(change.Range);
        if (place < 0 || _pending.Count >= MostPieces || _pendingBytes + change.Data.Length > LargestBatch)
        {
            // What goes over something that is still here goes behind it.
            await SendAsync(cancellationToken).ConfigureAwait(false);
            place = 0;
        }

        _pending.Insert(place, change);
        _pendingBytes += change.Data.Length;
    }

    /// <summary>Finds where a range goes in the order of offsets; -1 if it overlaps with another.</summary>
    private int FindPlace(ByteRange range)
    {
        int low = 0;
        int high = _pending.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = _pending[middle].Range.Offset < range.Offset ? (middle + 1, high) : (low, middle);
        }

        bool overlaps = (low > 0 && _pending[low - 1].Range.End > range.Offset) || (low < _pending.Count && _pending[low].Range.Offset < range.End);
        return overlaps ? -1 : low;
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        if (_pending.Count > 0)
        {
            await client.WriteDataAsync(claim.Namespace, claim.Name, claim.Length, _pending, cancellationToken).ConfigureAwait(false);
            _pending.Clear();
            _pendingBytes = 0;
        }
    }

    private sealed class Hold(SemaphoreSlim gate) : IDisposable
    {
        private SemaphoreSlim? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Release();
    }
}
