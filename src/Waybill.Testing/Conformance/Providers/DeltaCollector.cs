using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>
/// Takes a delta of any shape apart. It is the kit's own and repairs nothing, so that what it finds is what the platform delivered.
/// </summary>
internal static class DeltaCollector
{
    /// <summary>Collects the ranges of a delta, and compares their content with the snapshot as it was read.</summary>
    /// <param name="delta">The delta.</param>
    /// <param name="target">Reads the snapshot, where the delta has no reader of its own.</param>
    /// <param name="content">The beginning of the snapshot.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was delivered.</returns>
    public static async Task<CollectedDelta> CollectAsync(Delta delta, BlockReader target, byte[] content, CancellationToken cancellationToken)
    {
        CollectedDelta collected = new(content);
        switch (delta)
        {
            case RangeDelta ranges:
                collected.Changes.AddRange(await ListAsync(ranges, 0, cancellationToken).ConfigureAwait(false));
                foreach (ChangedRange change in collected.Changes.ToArray())
                {
                    ByteRange known = change.Range.Intersect(new ByteRange(0, content.Length));
                    collected.Compare(
                        known,
                        change.Kind,
                        change.Kind == ChangedRangeKind.Data && !known.IsEmpty ? await ReadAsync(ranges, target, known, cancellationToken).ConfigureAwait(false) : null);
                }

                break;
            case StreamDelta stream:
                await foreach (VolumeChange change in stream.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    collected.Add(change);
                }

                break;
            case PushDelta push:
                await push.PushAsync(collected, cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw new CheckFailedException($"{delta.GetType().Name} is a delta of no known shape.");
        }

        return collected;
    }

    /// <summary>Lists the ranges of a delta from an offset on.</summary>
    public static async Task<List<ChangedRange>> ListAsync(RangeDelta delta, long startingOffset, CancellationToken cancellationToken)
    {
        List<ChangedRange> changes = [];
        await foreach (ChangedRange change in delta.ListAsync(startingOffset, cancellationToken).ConfigureAwait(false))
        {
            changes.Add(change);
        }

        return changes;
    }

    /// <summary>Hands over the ranges of a delta one by one; of a push delta nothing, as it has no sequence.</summary>
    public static IAsyncEnumerable<ChangedRange> Enumerate(Delta delta, CancellationToken cancellationToken) => delta switch
    {
        RangeDelta ranges => ranges.ListAsync(0, cancellationToken),
        StreamDelta stream => stream.ReadAsync(cancellationToken).Select(change => new ChangedRange(change.Range, change.Kind)),
        _ => AsyncEnumerable.Empty<ChangedRange>(),
    };

    /// <summary>Reads a range, and lists again as the contract says where that is what makes the reader usable.</summary>
    public static async Task<byte[]> ReadAsync(RangeDelta delta, BlockReader target, ByteRange range, CancellationToken cancellationToken)
    {
        try
        {
            return await ProviderScope.ReadAsync(delta.Reader ?? target, range, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException expired) when (expired.Code == WaybillErrorCode.ChangeListExpired)
        {
            await ListAsync(delta, range.Offset, cancellationToken).ConfigureAwait(false);
            return await ProviderScope.ReadAsync(delta.Reader ?? target, range, cancellationToken).ConfigureAwait(false);
        }
    }
}
