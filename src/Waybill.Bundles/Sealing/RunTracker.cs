using Waybill.Bundles.Format;

namespace Waybill.Bundles.Sealing;

/// <summary>The runs that a reader from front to back has seen, to be compared with LAYOUT once it comes.</summary>
internal sealed class RunTracker
{
    // Where the salt changed: the last record before and the first one after.
    private readonly List<(long Last, UInt128 LastSalt, long First, UInt128 Salt)> _changes = [];
    private (long Sequence, UInt128 Salt)? _first;
    private (long Sequence, UInt128 Salt)? _previous;
    private RunTable? _table;

    /// <summary>Notes an opened record; once the runs are known, checks it.</summary>
    public void Add(long sequence, UInt128 salt, long place)
    {
        _table?.Check(sequence, salt, place);
        if (_previous is { } previous && previous.Salt != salt)
        {
            // One run more than changes, and this is another change.
            if (_changes.Count + 2 > BundleFormat.MaxRuns)
            {
                throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A bundle has more than 4 096 writer runs") { Offset = place };
            }

            _changes.Add((previous.Sequence, previous.Salt, sequence, salt));
        }

        _first ??= (sequence, salt);
        _previous = (sequence, salt);
    }

    /// <summary>Compares what was seen with what LAYOUT lists, and holds the rest to it.</summary>
    public void Complete(RunTable table, long place)
    {
        if (_first is { } first)
        {
            table.Check(first.Sequence, first.Salt, place);
        }

        foreach ((long last, UInt128 lastSalt, long next, UInt128 salt) in _changes)
        {
            table.Check(last, lastSalt, place);
            table.Check(next, salt, place);
        }

        if (_previous is { } end)
        {
            table.Check(end.Sequence, end.Salt, place);
        }

        _table = table;
    }
}
