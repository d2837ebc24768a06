using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray;

/// <summary>What changed up to a snapshot, page by page, with a token for each range.</summary>
internal sealed class JournalDelta(SimulatedArrayProvider array, ArraySnapshot target, IReadOnlyList<(long First, long Last)> runs) : RangeDelta
{
    private readonly TokenReader _reader = new(array, target);

    public override bool ReaderHoldsListedOnly => true;

    public override BlockReader Reader => _reader;

    public override async IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        int list = array.BeginList(target);
        _reader.BeginList(list);
        int page = 0;
        foreach (ChangedRange range in Classify().Where(range => range.Range.End > startingOffset))
        {
            if (page++ % array.Options.PageLength == 0)
            {
                await array.Gate.PassAsync(ArrayOperation.ListPage, cancellationToken).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            // Also where nothing is any more: whatever is listed can be read.
            _reader.Add(array.Issue(list, range.Range));
            yield return range;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    public override async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Cuts what was written by what is there now: a unit that takes no space was given back.</summary>
    private IEnumerable<ChangedRange> Classify()
    {
        long length = target.Descriptor.Length;
        foreach ((long first, long last) in runs)
        {
            // Both directions in time are asked for; writes behind the end of a target that is older are not its changes.
            long end = Math.Min(last, (length - 1) / ThinContent.Unit);
            for (long unit = first; unit <= end;)
            {
                bool holds = target.Content.Holds(unit);
                long start = unit;
                while (unit <= end && target.Content.Holds(unit) == holds)
                {
                    unit++;
                }

                ByteRange range = ByteRange.FromBounds(start * ThinContent.Unit, Math.Min(unit * ThinContent.Unit, length));
                yield return new ChangedRange(range, holds ? ChangedRangeKind.Data : ChangedRangeKind.Deallocated);
            }
        }
    }
}
