namespace Waybill.Bundles;

/// <summary>Collects ranges of addresses in any order, overlapping or not, and gives them back in order.</summary>
internal sealed class AddressList
{
    private readonly List<ByteRange> _ranges = [];

    /// <summary>Adds a range.</summary>
    public void Add(ByteRange range)
    {
        if (range.IsEmpty)
        {
            return;
        }

        if (_ranges.Count > 0 && _ranges[^1].End == range.Offset)
        {
            _ranges[^1] = ByteRange.FromBounds(_ranges[^1].Offset, range.End);
        }
        else
        {
            _ranges.Add(range);
        }
    }

    /// <summary>Sorts what was collected and joins what touches or overlaps.</summary>
    /// <returns>The ranges: ascending, disjoint, maximal. The list itself, which is not to be added to any more.</returns>
    public List<ByteRange> Normalize()
    {
        _ranges.Sort();
        int kept = 0;
        for (int i = 1; i < _ranges.Count; i++)
        {
            if (_ranges[i].Offset <= _ranges[kept].End)
            {
                _ranges[kept] = ByteRange.FromBounds(_ranges[kept].Offset, Math.Max(_ranges[kept].End, _ranges[i].End));
            }
            else
            {
                _ranges[++kept] = _ranges[i];
            }
        }

        if (_ranges.Count > 0)
        {
            _ranges.RemoveRange(kept + 1, _ranges.Count - kept - 1);
        }

        return _ranges;
    }

    /// <summary>Removes ranges from ranges.</summary>
    /// <param name="ranges">Ascending and disjoint.</param>
    /// <param name="removed">Ascending and disjoint.</param>
    public static IEnumerable<ByteRange> Subtract(IEnumerable<ByteRange> ranges, IEnumerable<ByteRange> removed)
    {
        using IEnumerator<ByteRange> cut = removed.GetEnumerator();
        bool hasCut = cut.MoveNext();
        foreach (ByteRange range in ranges)
        {
            long start = range.Offset;
            while (hasCut && cut.Current.End <= start)
            {
                hasCut = cut.MoveNext();
            }

            while (hasCut && cut.Current.Offset < range.End)
            {
                if (cut.Current.Offset > start)
                {
                    yield return ByteRange.FromBounds(start, cut.Current.Offset);
                }

                start = Math.Max(start, cut.Current.End);
                if (cut.Current.End >= range.End)
                {
                    break;
                }

                hasCut = cut.MoveNext();
            }

            if (start < range.End)
            {
                yield return ByteRange.FromBounds(start, range.End);
            }
        }
    }
}
