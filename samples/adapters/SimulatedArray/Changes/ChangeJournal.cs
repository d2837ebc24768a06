namespace Waybill.Samples.SimulatedArray;

/// <summary>The last writes of a volume, as many as there is room for. Guarded by the array's gate.</summary>
internal sealed class ChangeJournal(int capacity, long start)
{
    private readonly Queue<WriteRecord> _records = new();

    /// <summary>Gets the number of the latest write that is no longer remembered; at first, that of the last one before the volume was made.</summary>
    public long Forgotten { get; private set; } = start;

    public int Count => _records.Count;

    public void Add(WriteRecord record)
    {
        if (_records.Count == capacity)
        {
            Forgotten = _records.Dequeue().Sequence;
        }

        _records.Enqueue(record);
    }

    /// <summary>Forgets everything, as an array does that lost power before the journal was safe.</summary>
    public void Lose(long now)
    {
        _records.Clear();
        Forgotten = now;
    }

    /// <summary>Finds what was written after one point up to another, merged; as many runs at most as there are records.</summary>
    public IReadOnlyList<(long First, long Last)> Between(long after, long upTo)
    {
        var runs = new List<(long First, long Last)>();
        foreach (WriteRecord record in _records.Where(r => r.Sequence > after && r.Sequence <= upTo).OrderBy(r => r.FirstUnit))
        {
            if (runs.Count > 0 && record.FirstUnit <= runs[^1].Last + 1)
            {
                runs[^1] = (runs[^1].First, Math.Max(runs[^1].Last, record.LastUnit));
            }
            else
            {
                runs.Add((record.FirstUnit, record.LastUnit));
            }
        }

        return runs;
    }
}
