namespace Waybill.Local;

/// <summary>Makes a gapless sequence of a cursor's extents: holes become extents of zeros, up to a fixed end.</summary>
internal sealed class ExtentRuns : IDisposable
{
    private readonly ExtentCursor _cursor;
    private readonly long _end;
    private Extent _pending;
    private bool _hasPending;

    public ExtentRuns(ExtentCursor cursor, long start, long end)
    {
        _cursor = cursor;
        _end = end;
        Current = new Extent(start, start, ExtentContent.Zeros);
    }

    /// <summary>Gets the extent at the position moved to last.</summary>
    public Extent Current { get; private set; }

    /// <summary>Moves to the extent that holds a position below the end; positions never step back.</summary>
    public void MoveTo(long position)
    {
        while (Current.End <= position)
        {
            if (!_hasPending)
            {
                _hasPending = _cursor.TryRead(out _pending);
                if (!_hasPending)
                {
                    Current = new Extent(Current.End, _end, ExtentContent.Zeros);
                    return;
                }
            }

            long start = Math.Max(_pending.Start, Current.End);
            if (start > Current.End)
            {
                Current = new Extent(Current.End, Math.Min(start, _end), ExtentContent.Zeros);
                continue;
            }

            _hasPending = false;
            long end = Math.Min(_pending.End, _end);
            if (end > start)
            {
                Current = _pending with { Start = start, End = end };
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cursor.Dispose();
}
