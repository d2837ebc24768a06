namespace Waybill.Testing;

/// <summary>A stream of metadata that ended cleanly, which says that it is complete.</summary>
/// <param name="Messages">What it held.</param>
internal sealed record MetadataAnswer(IReadOnlyList<MetadataMessage> Messages)
{
    /// <summary>Gets all ranges in the order in which they came.</summary>
    public IReadOnlyList<BlockRange> Ranges { get; } = [.. Messages.SelectMany(message => message.Ranges)];

    /// <summary>Gets the size of the volume; 0 if the stream held no message, and so told none.</summary>
    public long Capacity => Messages.Count == 0 ? 0 : Messages[0].Capacity;

    /// <summary>Says where another answer covers something else from an offset on; null if it covers the same.</summary>
    public string? FindDifference(MetadataAnswer other, long from = 0)
    {
        List<BlockRange> mine = BlockRange.Cover(Ranges, from);
        List<BlockRange> others = BlockRange.Cover(other.Ranges, from);
        for (int i = 0; i < Math.Max(mine.Count, others.Count); i++)
        {
            BlockRange? one = i < mine.Count ? mine[i] : null;
            BlockRange? two = i < others.Count ? others[i] : null;
            if (one != two)
            {
                return $"{one?.ToString() ?? "nothing"} in one, {two?.ToString() ?? "nothing"} in the other";
            }
        }

        return null;
    }
}
