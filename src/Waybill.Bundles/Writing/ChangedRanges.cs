namespace Waybill.Bundles.Writing;

/// <summary>Brings lists of changed ranges, which platforms give in many qualities, into the form the writer works with.</summary>
internal static class ChangedRanges
{
    /// <summary>Checks a list: ascending, disjoint, inside the volume (spec I-04 to I-06).</summary>
    public static void Check(IReadOnlyList<ByteRange> ranges, long length, string name)
    {
        long end = 0;
        foreach (ByteRange range in ranges)
        {
            if (range.Offset < end || range.Length <= 0 || range.Offset > length - range.Length)
            {
                throw new WaybillException(WaybillErrorCode.ChangedRangesInvalid, $"The list of changed ranges of '{name}' is not ascending, disjoint and inside its {length} bytes")
                {
                    ObjectName = name,
                    Offset = range.Offset,
                    Hint = "Ask the platform again from where it went wrong, or leave the list out to compare everything.",
                };
            }

            end = range.End;
        }
    }

    /// <summary>Widens the ranges to whole blocks and joins those that then touch.</summary>
    public static List<ByteRange> AlignToBlocks(IEnumerable<ByteRange> ranges, int blockSize, long length)
    {
        var result = new List<ByteRange>();
        foreach (ByteRange range in ranges)
        {
            long start = range.Offset / blockSize * blockSize;
            long last = (range.End - 1) / blockSize * blockSize;
            long end = last > length - blockSize ? length : last + blockSize;
            if (result.Count > 0 && result[^1].End >= start)
            {
                result[^1] = ByteRange.FromBounds(result[^1].Offset, Math.Max(result[^1].End, end));
            }
            else
            {
                result.Add(ByteRange.FromBounds(start, end));
            }
        }

        return result;
    }
}
