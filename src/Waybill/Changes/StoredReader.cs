using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>A snapshot of which an interrupted run has stored parts already: those are read from where they were stored.</summary>
internal sealed class StoredReader(BlockReader snapshot, SalvagedContent stored) : BlockReader
{
    private long _reused;

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
            SalvageRange next = FindStored(ByteRange.FromBounds(position, end));
            if (next.Range.Offset > position)
            {
                await ReadSnapshotAsync(position, Slice(position, next.Range.Offset), cancellationToken).ConfigureAwait(false);
            }

            if (next.Range.Length > 0)
            {
                Memory<byte> part = Slice(next.Range.Offset, next.Range.End);
                try
                {
                    await stored.ReadAsync(next.Range.Offset, part, cancellationToken).ConfigureAwait(false);
                    Interlocked.Add(ref _reused, part.Length);
                }
                catch (WaybillException)
                {
                    // What was stored turned out to be damaged; the snapshot has it still.
                    await ReadSnapshotAsync(next.Range.Offset, part, cancellationToken).ConfigureAwait(false);
                }
            }

            position = next.Range.End;
        }

        return total;

        Memory<byte> Slice(long from, long to) => destination.Slice((int)(from - offset), (int)(to - from));
    }

    /// <summary>Finds the first stored range in a part; an empty one at its end if there is none.</summary>
    private SalvageRange FindStored(ByteRange part)
    {
        foreach (SalvageRange range in stored.Stream.GetRanges(part))
        {
            if (range.State is SalvageState.Present or SalvageState.Verified)
            {
                return range with { Range = range.Range.Intersect(part) };
            }
        }

        return new SalvageRange(new ByteRange(part.End, 0), SalvageState.Unknown);
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
