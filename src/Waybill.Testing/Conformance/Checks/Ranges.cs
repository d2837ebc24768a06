namespace Waybill.Testing;

/// <summary>The rules that lists of ranges keep, and what they cover.</summary>
internal static class Ranges
{
    /// <summary>The four rules under the ids of one kind of list.</summary>
    public static IEnumerable<Obligation> Rules(string prefix, string what) =>
    [
        new($"{prefix}.ascending", $"{what} MUST ascend."),
        new($"{prefix}.disjoint", $"{what} MUST be disjoint."),
        new($"{prefix}.non-empty", $"{what} MUST NOT be empty."),
        new($"{prefix}.inside", $"{what} MUST lie inside the snapshot."),
    ];

    /// <summary>Checks the four rules.</summary>
    public static void Inspect(Verdicts verdicts, string prefix, IReadOnlyList<ByteRange> ranges, long length)
    {
        string? unsorted = null;
        string? overlapping = null;
        for (int i = 1; i < ranges.Count; i++)
        {
            (ByteRange before, ByteRange now) = (ranges[i - 1], ranges[i]);
            unsorted ??= now.Offset < before.Offset ? $"{Text(now)} follows {Text(before)}." : null;
        }

        ByteRange[] sorted = [.. ranges.Where(range => !range.IsEmpty).Order()];
        for (int i = 1; i < sorted.Length; i++)
        {
            overlapping ??= sorted[i].Offset < sorted[i - 1].End ? $"{Text(sorted[i])} overlaps {Text(sorted[i - 1])}." : null;
        }

        verdicts.Record($"{prefix}.ascending", unsorted);
        verdicts.Record($"{prefix}.disjoint", overlapping);
        verdicts.Record($"{prefix}.non-empty", ranges.Any(range => range.Length <= 0) ? $"{Text(ranges.First(range => range.Length <= 0))} is empty." : null);
        verdicts.Record(
            $"{prefix}.inside",
            ranges.Any(range => range.Offset < 0 || range.End > length)
                ? $"{Text(ranges.First(range => range.Offset < 0 || range.End > length))} lies outside {length} bytes."
                : null);
    }

    /// <summary>Finds the first byte from an offset on that one list covers and the other does not; -1 if there is none.</summary>
    public static long FirstDifference(IEnumerable<ByteRange> one, IEnumerable<ByteRange> other, long from, long length)
    {
        bool[] first = Cover(one, length);
        bool[] second = Cover(other, length);
        for (long i = from; i < length; i++)
        {
            if (first[i] != second[i])
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Marks what ranges cover of the first bytes.</summary>
    public static bool[] Cover(IEnumerable<ByteRange> ranges, long length)
    {
        var cover = new bool[length];
        foreach (ByteRange range in ranges.Select(range => range.Intersect(new ByteRange(0, length))).Where(range => !range.IsEmpty))
        {
            cover.AsSpan((int)range.Offset, (int)range.Length).Fill(true);
        }

        return cover;
    }

    /// <summary>Gives the offsets at which lists go wrong when they are continued: the ends of ranges and their neighbours.</summary>
    public static IEnumerable<long> Boundaries(IEnumerable<ByteRange> ranges, long length) =>
        ranges.SelectMany(range => (long[])[range.Offset - 1, range.Offset, range.Offset + 1, range.End - 1, range.End, range.End + 1])
            .Append(0)
            .Append(length - 1)
            .Where(offset => offset >= 0 && offset < length)
            .Distinct()
            .Order();

    public static string Text(ByteRange range) => $"[{range.Offset}, {range.Offset + range.Length})";
}
