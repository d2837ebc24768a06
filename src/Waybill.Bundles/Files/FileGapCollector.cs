namespace Waybill.Bundles;

/// <summary>Collects what turns out to be missing while files are read, by the place of their entry in the spool.</summary>
internal sealed class FileGapCollector
{
    private const int MaxGapsPerFile = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, List<FileGap>> _gaps = [];

    /// <summary>Notes a gap; ranges of data that touch and have the same reason become one.</summary>
    public void Add(long position, FileGap gap)
    {
        lock (_lock)
        {
            if (!_gaps.TryGetValue(position, out List<FileGap>? gaps))
            {
                _gaps.Add(position, gaps = []);
            }

            if (gaps.Contains(gap) || TryJoin(gaps, gap))
            {
                return;
            }

            if (gaps.Count < MaxGapsPerFile)
            {
                gaps.Add(gap);
            }
            else
            {
                // So many that a list helps nobody: all of the content counts as doubtful.
                gaps.RemoveAll(g => g.What == FileGap.Data);
                gaps.Add(new FileGap(FileGap.Data, $"{gap.Reason}, in many places"));
            }
        }
    }

    /// <summary>Gets what was noted for an entry, in an order that does not depend on who read first.</summary>
    public IReadOnlyList<FileGap> Get(long position)
    {
        lock (_lock)
        {
            return _gaps.TryGetValue(position, out List<FileGap>? gaps)
                ? [.. gaps.OrderBy(g => g.What, StringComparer.Ordinal).ThenBy(g => g.Offset).ThenBy(g => g.Length)]
                : [];
        }
    }

    private static bool TryJoin(List<FileGap> gaps, FileGap gap)
    {
        if (gap.What != FileGap.Data)
        {
            return false;
        }

        for (int i = 0; i < gaps.Count; i++)
        {
            FileGap other = gaps[i];
            if (other.What != FileGap.Data)
            {
                continue;
            }

            if (other is { Offset: 0, Length: 0 })
            {
                return true;
            }

            if (other.Reason == gap.Reason && gap.Length > 0 && other.Offset <= gap.Offset + gap.Length && gap.Offset <= other.Offset + other.Length)
            {
                long start = Math.Min(other.Offset, gap.Offset);
                long end = Math.Max(other.Offset + other.Length, gap.Offset + gap.Length);
                gaps.RemoveAt(i);
                FileGap joined = gap with { Offset = start, Length = end - start };
                if (!TryJoin(gaps, joined))
                {
                    gaps.Add(joined);
                }

                return true;
            }
        }

        return false;
    }
}
