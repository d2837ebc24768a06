using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Lists ranges wrongly.</summary>
internal static class BrokenList
{
    private const int Excess = 4096;

    /// <summary>Lists what a good list says, but for one fault.</summary>
    public static async IAsyncEnumerable<ChangedRange> ListAsync(
        ListFault fault,
        Func<long, CancellationToken, IAsyncEnumerable<ChangedRange>> list,
        long startingOffset,
        long length,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (fault == ListFault.EndsOnCancel)
        {
            await foreach (ChangedRange change in list(startingOffset, CancellationToken.None).ConfigureAwait(false))
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    yield break;
                }

                yield return change;
            }

            yield break;
        }

        List<ChangedRange> changes = await list(fault == ListFault.OffsetIgnored ? 0 : startingOffset, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        if (changes.Count > 0)
        {
            Break(fault, changes, startingOffset, length);
        }

        foreach (ChangedRange change in changes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return change;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static void Break(ListFault fault, List<ChangedRange> changes, long startingOffset, long length)
    {
        ByteRange first = changes[0].Range;
        int firstData = changes.FindIndex(change => change.Kind == ChangedRangeKind.Data);
        switch (fault)
        {
            case ListFault.Misses when firstData >= 0:
                changes.RemoveAt(firstData);
                break;
            case ListFault.Unsorted when changes.Count > 1:
                (changes[0], changes[1]) = (changes[1], changes[0]);
                break;
            case ListFault.Overlaps:
                changes.Insert(1, changes[0] with { Range = ByteRange.FromBounds(first.Offset + (first.Length / 2), first.End) });
                break;
            case ListFault.Empty:
                changes.Insert(0, changes[0] with { Range = new ByteRange(first.Offset, 0) });
                break;
            case ListFault.PastEnd:
                changes[^1] = changes[^1] with { Range = ByteRange.FromBounds(changes[^1].Range.Offset, length + Excess) };
                break;
            case ListFault.ClippedWrongly:
                changes.RemoveAll(change => change.Range.Offset < startingOffset);
                break;
            case ListFault.EndsEarly:
                changes.RemoveRange((changes.Count + 1) / 2, changes.Count / 2);
                break;
            case ListFault.ZeroUntrue when firstData >= 0:
                changes[firstData] = changes[firstData] with { Kind = ChangedRangeKind.Zero };
                break;
            case ListFault.ZeroNotReported:
                for (int i = 0; i < changes.Count; i++)
                {
                    changes[i] = changes[i] with { Kind = ChangedRangeKind.Data };
                }

                break;
            case ListFault.NotExact:
                changes.Clear();
                changes.Add(new ChangedRange(ByteRange.FromBounds(0, length)));
                break;
            case ListFault.NotInUnits when first.Offset > 0:
                changes[0] = changes[0] with { Range = ByteRange.FromBounds(first.Offset - 1, first.End) };
                break;
            default:
                break;
        }
    }
}
