using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>
/// What each byte of a disk holds, as runs that ascend and do not touch another run of the same kind. Deliberately simple, for it is what
/// everything else is checked against: setting a range rebuilds the list.
/// </summary>
internal sealed class ExtentMap
{
    private List<ChangedRange> _runs = [];

    public IReadOnlyList<ChangedRange> Runs => _runs;

    /// <summary>Sets what a range holds, whatever it held before.</summary>
    public void Set(ByteRange range, ChangedRangeKind kind)
    {
        if (range.IsEmpty)
        {
            return;
        }

        List<ChangedRange> next = new(_runs.Count + 2);
        bool placed = false;
        foreach (ChangedRange run in _runs)
        {
            if (run.Range.Offset < range.Offset)
            {
                Append(next, run.Range.Offset, Math.Min(run.Range.End, range.Offset), run.Kind);
            }

            if (run.Range.End > range.End)
            {
                if (!placed)
                {
                    Append(next, range.Offset, range.End, kind);
                    placed = true;
                }

                Append(next, Math.Max(run.Range.Offset, range.End), run.Range.End, run.Kind);
            }
        }

        if (!placed)
        {
            Append(next, range.Offset, range.End, kind);
        }

        _runs = next;
    }

    private static void Append(List<ChangedRange> runs, long start, long end, ChangedRangeKind kind)
    {
        if (runs.Count > 0 && runs[^1].Range.End == start && runs[^1].Kind == kind)
        {
            runs[^1] = new ChangedRange(ByteRange.FromBounds(runs[^1].Range.Offset, end), kind);
        }
        else
        {
            runs.Add(new ChangedRange(ByteRange.FromBounds(start, end), kind));
        }
    }
}
