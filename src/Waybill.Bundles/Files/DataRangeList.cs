namespace Waybill.Bundles;

/// <summary>The ranges of one file that hold data, on boundaries that addresses can be given on; never more of them than an entry should list.</summary>
internal static class DataRangeList
{
    /// <summary>The largest number of extents of a file.</summary>
    public const int MaxCount = 65_536;

    /// <summary>Takes the ranges of a source and closes the smallest holes until there are few enough.</summary>
    public static async Task<List<ByteRange>> CollectAsync(FileContent content, long size, CancellationToken cancellationToken)
    {
        var ranges = new List<ByteRange>();
        long minHole = 1;
        await foreach (ByteRange range in content.GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
        {
            long start = range.Offset / FileExtent.Alignment * FileExtent.Alignment;
            long end = Math.Min(size, AlignUp(range.End));
            if (end <= start)
            {
                continue;
            }

            Add(ranges, ByteRange.FromBounds(start, end), minHole);
            while (ranges.Count > MaxCount)
            {
                minHole = Math.Max(minHole * 2, FileExtent.Alignment);
                CloseHoles(ranges, minHole);
            }
        }

        return ranges;
    }

    public static long AlignUp(long offset) => checked(offset + (FileExtent.Alignment - 1)) / FileExtent.Alignment * FileExtent.Alignment;

    private static void Add(List<ByteRange> ranges, ByteRange range, long minHole)
    {
        if (ranges.Count > 0 && range.Offset - ranges[^1].End < minHole)
        {
            ranges[^1] = ByteRange.FromBounds(ranges[^1].Offset, Math.Max(ranges[^1].End, range.End));
        }
        else
        {
            ranges.Add(range);
        }
    }

    private static void CloseHoles(List<ByteRange> ranges, long minHole)
    {
        List<ByteRange> all = [.. ranges];
        ranges.Clear();
        foreach (ByteRange range in all)
        {
            Add(ranges, range, minHole);
        }
    }
}
