using Waybill.Csi.Wire;

namespace Waybill.Csi;

/// <summary>
/// Turns the ranges of a platform into those of a response: checked against the contract of the provider, from the starting offset on, and either joined where
/// they touch or cut into blocks of one length.
/// </summary>
internal sealed class RangeLayout
{
    private readonly string _provider;
    private readonly long _capacity;
    private readonly long _start;
    private readonly long _block;
    private readonly long _first;
    private long _end;
    private long _written;
    private ByteRange? _open;

    /// <summary>Makes a layout.</summary>
    /// <param name="provider">Who reports the ranges.</param>
    /// <param name="capacity">The size of the snapshot in bytes.</param>
    /// <param name="start">The starting offset: no range ends at or before it.</param>
    /// <param name="unit">The unit in bytes that ranges are reported in; 0 if they may have any size.</param>
    /// <param name="isFixed">Whether every range is one unit; the capacity is then a multiple of it.</param>
    public RangeLayout(string provider, long capacity, long start, long unit, bool isFixed)
    {
        _provider = provider;
        _capacity = capacity;
        _start = start;
        _block = isFixed ? unit : 0;

        // A range that begins before the starting offset is sent from the unit on that the offset lies in: rounded outward, never inward.
        _first = unit > 1 ? start - (start % unit) : start;
    }

    public BlockMetadataType Type => _block > 0 ? BlockMetadataType.FixedLength : BlockMetadataType.VariableLength;

    /// <summary>Takes the next range of the platform.</summary>
    /// <returns>What can be sent of it and of those before.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.DeltaInvalid"/> if it is empty, out of order, overlapping or outside of the snapshot.</exception>
    public IEnumerable<ByteRange> Add(ByteRange range)
    {
        Check(range);
        _end = range.End;
        if (range.End <= _start)
        {
            // A stream begins at the beginning, whatever is asked for.
            return [];
        }

        return _block > 0 ? Cut(range) : Join(ByteRange.FromBounds(Math.Max(range.Offset, _first), range.End));
    }

    /// <summary>Ends the list.</summary>
    /// <returns>What was held back.</returns>
    public IEnumerable<ByteRange> Finish() => _open is { } last ? [last] : [];

    private IEnumerable<ByteRange> Join(ByteRange range)
    {
        if (_open is not { } before)
        {
            _open = range;
            return [];
        }

        if (before.End == range.Offset)
        {
            _open = ByteRange.FromBounds(before.Offset, range.End);
            return [];
        }

        _open = range;
        return [before];
    }

    private IEnumerable<ByteRange> Cut(ByteRange range)
    {
        // The last block of one range may be the first of the next.
        long from = Math.Max(Math.Max(range.Offset - (range.Offset % _block), _first), _written);
        for (long offset = from; offset < range.End; offset += _block)
        {
            _written = offset + _block;
            yield return new ByteRange(offset, _block);
        }
    }

    private void Check(ByteRange range)
    {
        string? breach = range.Offset < 0 || range.Length < 0 ? "has a negative place"
            : range.IsEmpty ? "is empty"
            : range.Offset < _end ? "begins before the one before it ends"
            : range.Offset > _capacity || range.Length > _capacity - range.Offset ? $"ends behind the {_capacity} bytes of the snapshot"
            : null;
        if (breach is not null)
        {
            throw new ProviderException(WaybillErrorCode.DeltaInvalid, _provider, $"A range of {range.Length} bytes that the platform listed {breach}") { Offset = range.Offset };
        }
    }
}
