using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Samples.QemuNbd;

/// <summary>What a dirty bitmap says was written, with what is there now; map and content come over one connection.</summary>
internal sealed class BitmapDelta(NbdSession session, NbdExport export, string context) : RangeDelta
{
    private readonly NbdBlockReader _reader = new(session, export);

    /// <summary>Gets the server, for those who want to see what happens when it is gone.</summary>
    internal LayerExport? Export { get; init; }

    public override BlockReader Reader => _reader;

    public override async IAsyncEnumerable<ChangedRange> ListAsync(
        long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        NbdClient client = await session.GetClientAsync(cancellationToken).ConfigureAwait(false);
        AllocationMap.RequireMap(client, context);
        AllocationMap.RequireMap(client, NbdClient.Allocation);
        var whole = ByteRange.FromBounds(Math.Min(export.Length, AllocationMap.AlignDown(startingOffset)), export.Length);
        await foreach (NbdExtent written in client.MapAsync(context, whole, cancellationToken).ConfigureAwait(false))
        {
            if ((written.Flags & NbdExtent.Dirty) == 0 || written.Range.End <= startingOffset)
            {
                continue;
            }

            ChangedRange? last = null;
            await foreach (NbdExtent now in client.MapAsync(NbdClient.Allocation, written.Range, cancellationToken).ConfigureAwait(false))
            {
                ChangedRangeKind kind = AllocationMap.IsZero(now.Flags) ? ChangedRangeKind.Deallocated : ChangedRangeKind.Data;
                if (last is { } before && before.Kind == kind)
                {
                    last = before with { Range = ByteRange.FromBounds(before.Range.Offset, now.Range.End) };
                    continue;
                }

                if (last is { } ended && ended.Range.End > startingOffset)
                {
                    yield return ended;
                    cancellationToken.ThrowIfCancellationRequested();
                }

                last = new ChangedRange(now.Range, kind);
            }

            if (last is { } rest && rest.Range.End > startingOffset)
            {
                yield return rest;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    public override async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
