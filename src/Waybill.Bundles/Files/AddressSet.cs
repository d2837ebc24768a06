namespace Waybill.Bundles;

/// <summary>A set of addresses as disjoint ranges; neighbours become one, so that what is laid out in sequence takes next to no memory.</summary>
internal sealed class AddressSet
{
    // Small enough to move on an insertion, large enough that there are few chunks.
    private const int MaxChunkLength = 512;

    private readonly List<List<ByteRange>> _chunks = [];

    /// <summary>Adds a range unless part of it is in the set already.</summary>
    /// <returns>Whether it was added.</returns>
    public bool TryAdd(ByteRange range)
    {
        if (range.IsEmpty)
        {
            return true;
        }

        if (_chunks.Count == 0)
        {
            _chunks.Add([range]);
            return true;
        }

        int c = FindChunk(range.Offset);
        List<ByteRange> chunk = _chunks[c];
        int i = FindInChunk(chunk, range.Offset);
        ByteRange? next = i + 1 < chunk.Count ? chunk[i + 1] : c + 1 < _chunks.Count ? _chunks[c + 1][0] : null;
        if ((i >= 0 && chunk[i].End > range.Offset) || (next is { } n && n.Offset < range.End))
        {
            return false;
        }

        Insert(c, i, range);
        return true;
    }

    /// <summary>Gets the ranges, ascending.</summary>
    public IEnumerable<ByteRange> GetRanges() => _chunks.SelectMany(chunk => chunk);

    // The last chunk that begins at or before the address; the first one if none does.
    private int FindChunk(long address)
    {
        int low = 0;
        int high = _chunks.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_chunks[middle][0].Offset <= address)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    // The last range that begins at or before the address, or -1.
    private static int FindInChunk(List<ByteRange> chunk, long address)
    {
        int index = chunk.BinarySearch(new ByteRange(address, long.MaxValue - address));
        return (index < 0 ? ~index : index + 1) - 1;
    }

    private void Insert(int c, int i, ByteRange range)
    {
        List<ByteRange> chunk = _chunks[c];
        bool joinsLeft = i >= 0 && chunk[i].End == range.Offset;
        bool joinsRight = i + 1 < chunk.Count && chunk[i + 1].Offset == range.End;
        if (joinsLeft && joinsRight)
        {
            chunk[i] = ByteRange.FromBounds(chunk[i].Offset, chunk[i + 1].End);
            chunk.RemoveAt(i + 1);
        }
        else if (joinsLeft)
        {
            chunk[i] = ByteRange.FromBounds(chunk[i].Offset, range.End);
        }
        else if (joinsRight)
        {
            chunk[i + 1] = ByteRange.FromBounds(range.Offset, chunk[i + 1].End);
        }
        else
        {
            chunk.Insert(i + 1, range);
            Split(c);
        }
    }

    private void Split(int c)
    {
        List<ByteRange> chunk = _chunks[c];
        if (chunk.Count <= MaxChunkLength)
        {
            return;
        }

        // A set that only grows at its end fills its chunks; one that grows anywhere halves them.
        int keep = c == _chunks.Count - 1 ? MaxChunkLength - 1 : MaxChunkLength / 2;
        _chunks.Insert(c + 1, chunk[keep..]);
        chunk.RemoveRange(keep, chunk.Count - keep);
    }
}
