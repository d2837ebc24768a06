namespace Waybill.Samples.SimulatedArray;

/// <summary>Makes ranges of ascending units.</summary>
internal static class UnitRuns
{
    /// <summary>Joins units that touch; the last range ends where the content does.</summary>
    public static IEnumerable<ByteRange> Of(IEnumerable<long> units, long length)
    {
        long start = 0;
        long end = 0;
        foreach (long unit in units.Where(unit => unit * ThinContent.Unit < length))
        {
            if (end > start && unit * ThinContent.Unit != end)
            {
                yield return ByteRange.FromBounds(start, end);
                end = start;
            }

            start = end > start ? start : unit * ThinContent.Unit;
            end = (unit + 1) * ThinContent.Unit;
        }

        if (end > start)
        {
            yield return ByteRange.FromBounds(start, Math.Min(end, length));
        }
    }
}
