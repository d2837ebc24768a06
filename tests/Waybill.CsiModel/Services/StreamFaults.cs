namespace Waybill.CsiModel;

/// <summary>What is wrong with the streams of one kind.</summary>
internal sealed class StreamFaults(Faults faults, StreamState state, string prefix)
{
    private static readonly TimeSpan s_meeting = TimeSpan.FromMilliseconds(30);

    public bool Break(string name) => faults.Break(prefix + name);

    public void MakeUnusable() => state.IsUnusable = true;

    public void RequireUsable()
    {
        if (state.IsUnusable)
        {
            throw Refused.Broken();
        }
    }

    /// <summary>Counts a stream for as long as it runs.</summary>
    public IDisposable Enter()
    {
        state.Enter();
        return new Leave(state);
    }

    /// <summary>Gives the ranges from the offset on that was asked for, spoiled.</summary>
    public async Task<List<(long Offset, long Size)>> SpoilAsync(StreamRequest request)
    {
        long offset = request.Offset;
        List<(long Offset, long Size)> ranges = [.. request.Ranges.Where(range => Break("offset") || range.Offset + range.Size > offset)];
        if (Break("resume"))
        {
            // The one that the offset lies in is left out, as by drivers that look for where a range begins.
            ranges.RemoveAll(range => range.Offset < offset);
        }

        if (Break("at-end") && offset == request.Capacity)
        {
            ranges.Add((request.Capacity, BlockLists.BlockLength));
        }

        if (Break("again"))
        {
            await Task.Delay(s_meeting);
            if (state.Running > 1)
            {
                ranges.RemoveAt(ranges.Count - 1);
            }
        }

        if (ranges.Count < 2)
        {
            return ranges;
        }

        int last = ranges.Count - 1;
        if (Break("sizes"))
        {
            ranges[last] = (ranges[last].Offset, 0);
        }
        else if (Break("inside"))
        {
            ranges[last] = (ranges[last].Offset, request.Capacity - ranges[last].Offset + BlockLists.BlockLength);
        }
        else if (Break("ascending"))
        {
            (ranges[last - 1], ranges[last]) = (ranges[last], ranges[last - 1]);
        }
        else if (Break("disjoint"))
        {
            ranges[last - 1] = (ranges[last - 1].Offset, ranges[last].Offset - ranges[last - 1].Offset + 1);
        }
        else if (Break("fixed-length") && prefix.Contains("allocated", StringComparison.Ordinal))
        {
            ranges[last] = (ranges[last].Offset + 512, ranges[last].Size - 512);
        }

        return ranges;
    }

    private sealed class Leave(StreamState state) : IDisposable
    {
        public void Dispose() => state.Leave();
    }
}
