namespace Waybill.Bundles.Format;

/// <summary>Rounds offsets to cells or blocks. A stream may have 2^63 - 1 bytes, so nothing here goes beyond a limit it is given.</summary>
internal static class Grid
{
    /// <summary>The last line of the grid at or before an offset.</summary>
    public static long Down(long offset, int size) => offset / size * size;

    /// <summary>The first line of the grid at or after an offset, or the limit if that comes first.</summary>
    public static long Up(long offset, int size, long limit)
    {
        long before = Down(offset, size);
        return before == offset ? offset : limit - before <= size ? limit : before + size;
    }

    /// <summary>Cuts a range at the lines of the grid.</summary>
    public static IEnumerable<ByteRange> Cut(ByteRange range, int size)
    {
        for (long offset = range.Offset; offset < range.End;)
        {
            long end = Up(offset + 1, size, range.End);
            yield return ByteRange.FromBounds(offset, end);
            offset = end;
        }
    }
}
