namespace Waybill.Bundles.Salvaging;

/// <summary>A list that grows without copying what it holds: it may have one element for each leaf of a large stream.</summary>
internal sealed class SegmentedList<T>
{
    private const int SegmentLength = 1024;

    private readonly List<T[]> _segments = [];

    public int Count { get; private set; }

    public ref T this[int index] => ref _segments[index / SegmentLength][index % SegmentLength];

    public void Add(T item)
    {
        if (Count == _segments.Count * SegmentLength)
        {
            // Small lists stay small: a bundle may have very many streams.
            _segments.Add(new T[Count == 0 ? 4 : SegmentLength]);
        }
        else if (Count < SegmentLength && Count == _segments[0].Length)
        {
            T[] first = _segments[0];
            Array.Resize(ref first, Math.Min(SegmentLength, 4 * first.Length));
            _segments[0] = first;
        }

        Count++;
        this[Count - 1] = item;
    }
}
