using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <summary>The records of one scope whose key is missing, and what the streams of that scope say of them.</summary>
internal sealed class ClosedScope
{
    private readonly Dictionary<long, int> _tiles = [];
    private int _streams;
    private int _open;
    private UInt128 _chunkBytes;
    private UInt128 _statedBytes;

    public void Begin()
    {
        _streams++;
        _open++;
    }

    public void End() => _open--;

    public void Add(in RecordHeader header)
    {
        if (_open == 0)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, $"A {header.Type} record is of a scope of which no stream is open") { Offset = header.Offset };
        }

        if (header.Type == RecordType.Chunk)
        {
            _chunkBytes += (uint)header.PayloadLength;
        }
        else if (header.Type == RecordType.Tile)
        {
            // A node takes the tiles of a stream as soon as there is one more than it holds.
            if (_tiles.Count > (long)BundleFormat.TileFanOut * _streams)
            {
                throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "An index node is missing") { Offset = header.Offset };
            }

            _tiles.Add(header.Offset, header.PayloadLength);
        }
    }

    /// <summary>Takes the tile that an index node or the layout names; each can be named once.</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.LeavesInvalid"/>: there is none, or it belongs to somebody else.</exception>
    public void TakeTile(long offset, int payloadLength, long place)
    {
        if (!_tiles.Remove(offset, out int length) || length != payloadLength)
        {
            throw new BundleFormatException(WaybillErrorCode.LeavesInvalid, $"There is no tile of this stream at {offset}") { Offset = place };
        }
    }

    /// <summary>Notes how many bytes of chunks the layout counts in a stream.</summary>
    public void AddStated(long storedBytes) => _statedBytes += (ulong)storedBytes;

    public void CheckComplete(long place)
    {
        if (_tiles.Count > 0)
        {
            throw new BundleFormatException(WaybillErrorCode.LeavesInvalid, "There are tiles that no index names") { Offset = place };
        }

        if (_chunkBytes != _statedBytes)
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, "The layout counts other stored bytes than there are") { Offset = place };
        }
    }
}
