using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Backup;

/// <summary>Counts what a stream held, for its end.</summary>
internal sealed class StreamTotals
{
    private ulong _ranges;
    private ulong _bytes;
    private ulong _data;

    public void Add(ByteRange range, ChangedRangeKind kind)
    {
        _ranges++;
        _bytes += (ulong)range.Length;
        _data += kind == ChangedRangeKind.Data ? (ulong)range.Length : 0;
    }

    public End ToEnd() => new() { Ranges = _ranges, Bytes = _bytes, DataBytes = _data };
}
