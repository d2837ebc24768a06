using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>A snapshot of which an interrupted run has stored parts already: those are read from where they were stored.</summary>
/// <param name="snapshot">The snapshot; stays the caller's.</param>
/// <param name="stored">What was stored; stays the caller's.</param>
/// <param name="checkShare">Which share of what was stored is compared with the snapshot, 0 to 1; the first piece always is.</param>
internal sealed class StoredReader(BlockReader snapshot, SalvagedContent stored, double checkShare) : BlockReader
{
    // What was stored is read by one caller at a time.
    private readonly SemaphoreSlim _reading = new(1, 1);
    private long _reused;
    private double _unchecked = 1;

    public override long Length => snapshot.Length;

    /// <summary>Gets how many bytes were not read from the snapshot.</summary>
    public long ReusedBytes => Interlocked.Read(ref _reused);

    public override IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default) => snapshot.GetDataRangesAsync(cancellationToken);

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        int total = (int)Math.Min(destination.Length, Math.Max(0, Length - offset));
        long end = offset + total;
        long position = offset;
        while (position < end)
        {
            ByteRange next = FindStored(ByteRange.FromBounds(position, end));
            if (next.Offset > position)
            {
                await ReadSnapshotAsync(position, Slice(position, next.Offset), cancellationToken).ConfigureAwait(false);
            }

            if (!next.IsEmpty && !await TryReadStoredAsync(next.Offset, Slice(next.Offset, next.End), cancellationToken).ConfigureAwait(false))
            {
                await ReadSnapshotAsync(next.Offset, Slice(next.Offset, next.End), cancellationToken).ConfigureAwait(false);
            }

            position = next.End;
        }

        return total;

        Memory<byte> Slice(long from, long to) => destination.Slice((int)(from - offset), (int)(to - from));
    }

    public override ValueTask DisposeAsync()
    {
        _reading.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>Finds the first stored range in a part; an empty one at its end if there is none.</summary>
    private ByteRange FindStored(ByteRange part)
    {
        foreach (SalvageRange range in stored.Stream.GetRanges(part))
        {
            if (range.State is SalvageState.Present or SalvageState.Verified)
            {
                return range.Range.Intersect(part);
            }
        }

        return new ByteRange(part.End, 0);
    }

    private async ValueTask<bool> TryReadStoredAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stored.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
            _unchecked += checkShare;
            if (_unchecked >= 1)
            {
                _unchecked -= 1;
                await CheckAsync(offset, destination, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (BundleFormatException)
        {
            // What was stored turned out to be damaged; the snapshot has it still.
            return false;
        }
        finally
        {
            _reading.Release();
        }

        Interlocked.Add(ref _reused, destination.Length);
        return true;
    }

    private async ValueTask CheckAsync(long offset, ReadOnlyMemory<byte> found, CancellationToken cancellationToken)
    {
        var wanted = new byte[found.Length];
        await ReadSnapshotAsync(offset, wanted, cancellationToken).ConfigureAwait(false);
        int same = found.Span.CommonPrefixLength(wanted);
        if (same < wanted.Length)
        {
            throw new WaybillException(WaybillErrorCode.SourceChanged, "What an interrupted run stored is not what its snapshot holds")
            {
                Offset = offset + same,
                Hint = "The snapshot changed, which it must not. Run again: everything is read anew.",
            };
        }
    }

    private async ValueTask ReadSnapshotAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int read = await snapshot.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        if (read != destination.Length)
        {
            throw new ProviderException(WaybillErrorCode.SourceChanged, "snapshot", "The snapshot ended early while it was read") { Offset = offset + read };
        }
    }
}
