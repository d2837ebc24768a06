namespace Waybill.Engine;

/// <summary>Collects ascending ranges in bounded memory: when there are too many, those close to each other are joined, which only reports more.</summary>
internal sealed class RangeCollector(int limit = RangeCollector.DefaultLimit)
{
    /// <summary>16 MiB of ranges.</summary>
    private const int DefaultLimit = 1 << 20;

    private long _gap;

    public List<ByteRange> Ranges { get; private set; } = [];

    /// <summary>Gets how many ranges were added.</summary>
    public long Count { get; private set; }

    /// <summary>Gets how many bytes the added ranges cover.</summary>
    public long Bytes { get; private set; }

    public void Add(ByteRange range)
    {
        Count++;
        Bytes += range.Length;
        Append(Ranges, range);
        if (Ranges.Count > limit)
        {
            Coarsen();
        }
    }

    private void Coarsen()
    {
        while (Ranges.Count > limit / 2)
        {
            _gap = Math.Max(4096, _gap * 4);
            var fewer = new List<ByteRange>(limit / 2);
            Ranges.ForEach(range => Append(fewer, range));
            Ranges = fewer;
        }
    }

    private void Append(List<ByteRange> ranges, ByteRange range)
    {
        if (ranges.Count > 0 && range.Offset - ranges[^1].End <= _gap)
        {
            ranges[^1] = ByteRange.FromBounds(ranges[^1].Offset, range.End);
        }
        else
        {
            ranges.Add(range);
        }
    }
}
