using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A sparse disk in memory that remembers every change, so that it can say exactly what any two of its snapshots differ in.</summary>
/// <remarks>Safe for concurrent calls. Each call takes effect at one moment: a snapshot holds all of a write or nothing of it.</remarks>
public sealed class ModelDisk
{
    private const int PageLength = 4096;

    private readonly Lock _gate;
    private readonly List<ChangedRange> _history = [];
    private ImmutableDictionary<long, byte[]> _pages = ImmutableDictionary<long, byte[]>.Empty;
    private long _length;

    /// <summary>Makes a disk that reads as zeros.</summary>
    /// <param name="length">Its size in bytes.</param>
    public ModelDisk(long length)
        : this(length, new Lock())
    {
    }

    /// <summary>Makes a disk whose changes are ordered with those of all disks that share the gate.</summary>
    internal ModelDisk(long length, Lock gate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _length = length;
        _gate = gate;
    }

    /// <summary>Gets the size in bytes.</summary>
    public long Length
    {
        get
        {
            lock (_gate)
            {
                return _length;
            }
        }
    }

    /// <summary>Gets whether nothing was ever written, so that all of it reads as zeros.</summary>
    public bool IsPristine
    {
        get
        {
            lock (_gate)
            {
                return _history.Count == 0;
            }
        }
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="offset">Where the first byte goes.</param>
    /// <param name="data">The bytes.</param>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            var range = new ByteRange(offset, data.Length);
            CheckInside(range);
            ImmutableDictionary<long, byte[]>.Builder pages = _pages.ToBuilder();
            while (!data.IsEmpty)
            {
                (long index, long within) = Math.DivRem(offset, PageLength);
                int count = (int)Math.Min(data.Length, PageLength - within);
                // A page is never changed once it is in the dictionary: snapshots share it.
                byte[] page = pages.TryGetValue(index, out byte[]? old) ? [.. old] : new byte[PageLength];
                data[..count].CopyTo(page.AsSpan((int)within));
                pages[index] = page;
                offset += count;
                data = data[count..];
            }

            _pages = pages.ToImmutable();
            Record(range, ChangedRangeKind.Data);
        }
    }

    /// <summary>Writes zeros, which stay allocated.</summary>
    /// <param name="range">Where.</param>
    public void WriteZeroes(ByteRange range) => Clear(range, ChangedRangeKind.Zero);

    /// <summary>Gives a range back: it reads as zeros and takes no space.</summary>
    /// <param name="range">Where.</param>
    public void Discard(ByteRange range) => Clear(range, ChangedRangeKind.Deallocated);

    /// <summary>Makes the disk larger; what is new reads as zeros. A disk that is large enough stays as it is.</summary>
    /// <param name="length">The size in bytes.</param>
    public void Grow(long length)
    {
        lock (_gate)
        {
            _length = Math.Max(_length, length);
        }
    }

    /// <summary>Keeps the content as it is now.</summary>
    /// <returns>The content, which never changes.</returns>
    public ModelSnapshot TakeSnapshot()
    {
        lock (_gate)
        {
            return new ModelSnapshot(this, _history.Count, _length, _pages);
        }
    }

    /// <summary>Reads bytes as they are now.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Is filled as far as the disk reaches.</param>
    /// <returns>The number of bytes read.</returns>
    public int Read(long offset, Span<byte> destination) => TakeSnapshot().Read(offset, destination);

    /// <summary>Says what was written or given back from one snapshot to another, whichever is older: byte by byte, nothing else, nothing missing.</summary>
    /// <param name="from">One snapshot of this disk.</param>
    /// <param name="target">The other; the kinds are those of its content, and nothing lies behind its end.</param>
    /// <returns>Ascending, disjoint, non-empty ranges. Space that is new since is listed only where it was written.</returns>
    public ImmutableArray<ChangedRange> GetChanges(ModelSnapshot from, ModelSnapshot target)
    {
        CheckOwn(from);
        CheckOwn(target);
        var touched = new ExtentMap();
        foreach (ChangedRange change in HistoryOf(Math.Min(from.Sequence, target.Sequence), Math.Max(from.Sequence, target.Sequence)))
        {
            touched.Set(change.Range, ChangedRangeKind.Data);
        }

        return Classify(touched.Runs.Select(run => run.Range), target, unit: 1);
    }

    /// <summary>Says what of a snapshot was ever written and not given back.</summary>
    /// <param name="snapshot">A snapshot of this disk.</param>
    /// <returns>Ascending, disjoint, non-empty ranges, those of written zeros included.</returns>
    public ImmutableArray<ByteRange> GetAllocated(ModelSnapshot snapshot)
    {
        CheckOwn(snapshot);
        var allocated = new ExtentMap();
        foreach (ChangedRange run in StateOf(snapshot).Runs.Where(run => run.Kind != ChangedRangeKind.Deallocated))
        {
            allocated.Set(run.Range, ChangedRangeKind.Data);
        }

        return [.. allocated.Runs.Select(run => run.Range)];
    }

    /// <summary>Cuts ranges, which are multiples of the unit, by what they hold in a snapshot: a unit that holds any data is data.</summary>
    internal ImmutableArray<ChangedRange> Classify(IEnumerable<ByteRange> ranges, ModelSnapshot target, long unit)
    {
        var whole = new ByteRange(0, target.Length);
        ByteRange[] reported = [.. ranges.Select(range => range.Intersect(whole)).Where(range => !range.IsEmpty)];
        ExtentMap state = StateOf(target);
        var result = new ExtentMap();
        foreach (ByteRange range in reported)
        {
            result.Set(range, ChangedRangeKind.Deallocated);
        }

        foreach (ChangedRangeKind kind in (ReadOnlySpan<ChangedRangeKind>)[ChangedRangeKind.Zero, ChangedRangeKind.Data])
        {
            foreach (ChangedRange run in state.Runs.Where(run => run.Kind == kind))
            {
                ByteRange units = RoundOutward(run.Range, unit);
                foreach (ByteRange range in reported)
                {
                    result.Set(range.Intersect(units), kind);
                }
            }
        }

        return [.. result.Runs];
    }

    internal static ByteRange RoundOutward(ByteRange range, long unit) =>
        ByteRange.FromBounds(range.Offset / unit * unit, (range.End + unit - 1) / unit * unit);

    /// <summary>Fills a new disk with the content of a snapshot, page by page as it is shared.</summary>
    internal void CopyFrom(ModelSnapshot source)
    {
        lock (_gate)
        {
            _pages = source.Pages;
            _length = Math.Max(_length, source.Length);
            _history.AddRange(source.Disk.StateOf(source).Runs);
        }
    }

    private ExtentMap StateOf(ModelSnapshot snapshot)
    {
        var state = new ExtentMap();
        foreach (ChangedRange change in HistoryOf(0, snapshot.Sequence))
        {
            state.Set(change.Range, change.Kind);
        }

        return state;
    }

    private List<ChangedRange> HistoryOf(int start, int end)
    {
        lock (_gate)
        {
            return _history.GetRange(start, end - start);
        }
    }

    private void Clear(ByteRange range, ChangedRangeKind kind)
    {
        lock (_gate)
        {
            CheckInside(range);
            ImmutableDictionary<long, byte[]>.Builder pages = _pages.ToBuilder();
            foreach ((long index, byte[] old) in _pages)
            {
                ByteRange cleared = new ByteRange(index * PageLength, PageLength).Intersect(range);
                if (cleared.Length == PageLength)
                {
                    pages.Remove(index);
                }
                else if (!cleared.IsEmpty)
                {
                    byte[] page = [.. old];
                    page.AsSpan((int)(cleared.Offset - (index * PageLength)), (int)cleared.Length).Clear();
                    pages[index] = page;
                }
            }

            _pages = pages.ToImmutable();
            Record(range, kind);
        }
    }

    private void Record(ByteRange range, ChangedRangeKind kind)
    {
        if (!range.IsEmpty)
        {
            _history.Add(new ChangedRange(range, kind));
        }
    }

    private void CheckInside(ByteRange range)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range.Offset, nameof(range));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.End, _length, nameof(range));
    }

    private void CheckOwn(ModelSnapshot snapshot)
    {
        if (snapshot.Disk != this)
        {
            throw new ArgumentException("This is a snapshot of another disk.", nameof(snapshot));
        }
    }
}
