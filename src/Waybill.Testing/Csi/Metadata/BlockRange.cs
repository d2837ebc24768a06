namespace Waybill.Testing;

/// <summary>A range of bytes as a driver told it, which may be nonsense.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Size">How many bytes it has.</param>
internal readonly record struct BlockRange(long Offset, long Size)
{
    /// <summary>Gets the first byte behind it; a sum that is too large is the largest number.</summary>
    public long End => Size > 0 && Offset > long.MaxValue - Size ? long.MaxValue : Offset + Size;

    /// <summary>Joins ranges that touch or overlap and leaves out what lies before an offset: what they cover, whatever pieces it is told in.</summary>
    public static List<BlockRange> Cover(IEnumerable<BlockRange> ranges, long from = 0)
    {
        List<BlockRange> cover = [];
        foreach (BlockRange range in ranges.Where(range => range.Size > 0 && range.End > from).OrderBy(range => range.Offset))
        {
            long start = Math.Max(range.Offset, from);
            if (cover.Count > 0 && start <= cover[^1].End)
            {
                cover[^1] = new BlockRange(cover[^1].Offset, Math.Max(cover[^1].End, range.End) - cover[^1].Offset);
            }
            else
            {
                cover.Add(new BlockRange(start, range.End - start));
            }
        }

        return cover;
    }

    /// <summary>Gets what ranges do not cover of a number of bytes.</summary>
    public static IEnumerable<BlockRange> Gaps(IEnumerable<BlockRange> ranges, long length)
    {
        long position = 0;
        foreach (BlockRange range in Cover(ranges))
        {
            if (range.Offset >= length)
            {
                break;
            }

            if (range.Offset > position)
            {
                yield return new BlockRange(position, range.Offset - position);
            }

            position = Math.Max(position, range.End);
        }

        if (position < length)
        {
            yield return new BlockRange(position, length - position);
        }
    }

    public override string ToString() => $"[{Offset}, {End})";
}
