using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Reading;

/// <content>Streams: their beginning, content, index and end.</content>
internal sealed partial class BundleScanner
{
    private ScanStep HandleStreamBegin(RawRecord record)
    {
        long offset = record.Header.Offset;
        Wire.StreamBegin wire = StrictMessage.Parse(Wire.StreamBegin.Parser, Wire.StreamBegin.Descriptor, record.Payload, offset);
        if (wire.Header is null)
        {
            throw ManifestInvalid("A stream begins without a header", offset);
        }

        StreamInfo info = At(offset, () => StreamCodec.HeaderFromWire(wire.Header));
        if (info.Number != _streams.Count)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "Streams are not numbered in the order in which they begin") { Offset = offset };
        }

        bool identityFits = At(offset, () => WireValues.ToBundleId(wire.BundleId, "The bundle id of a stream") == Preamble.BundleId
            && WireValues.ToApplication(wire.Application) == Prologue!.Application
            && WireValues.ToTimestamp(wire.Created) == Prologue.Created);
        if (!identityFits || (info.HasParent && Prologue!.Parent is null))
        {
            throw ManifestInvalid("A stream names another bundle, application, time or parent than the prologue", offset);
        }

        SealScope scope = SealScopes.Of(info.Kind);
        ClosedScope? closed = _records.IsClosed(scope) ? _closed.Of(scope) : null;
        closed?.Begin();
        var stream = new ScannedStream(info, Preamble.Features.IsEncrypted, closed);
        _streams.Add(stream);
        return new ScanStep(ScanKind.StreamBegun, stream);
    }

    private ScanStep HandleChunk(RawRecord record)
    {
        CheckOrder(record.Header);
        TrackRun(record);
        ChunkHeader chunk;
        try
        {
            chunk = ChunkHeader.Read(record.Payload, Preamble.Features.HasZstd, record.Header.Offset);
        }
        catch (BundleFormatException)
        {
            // Damage is the better explanation than a writer that broke the rules.
            record.CheckPayload();
            throw;
        }

        ScannedStream stream = FindStream(chunk.StreamNumber, record);
        if (record.Payload.Length > CellDecoder.MaxPayloadLength(stream.Info.CellSize) || chunk.Leaf.Length > stream.Info.CellSize)
        {
            record.CheckPayload();
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A chunk is larger than a cell of its stream can be") { Offset = record.Header.Offset };
        }

        try
        {
            stream.AddChunk(chunk, record.Header.Offset, record.Header.PayloadLength);
        }
        catch (BundleFormatException)
        {
            record.CheckPayload();
            throw;
        }

        return new ScanStep(ScanKind.Chunk, stream, chunk, record);
    }

    private ScanStep HandleRuns(RawRecord record)
    {
        (int number, Leaf[] runs) = RunsPayload.Read(record.Payload, record.Header.Offset);
        ScannedStream stream = FindStream(number, record);
        stream.AddRuns(runs, record.Header.Offset);
        return new ScanStep(ScanKind.Runs, stream, Runs: runs);
    }

    private ScanStep? HandleTile(RawRecord record)
    {
        Tile tile = Tile.Read(record.Payload, record.Header.Offset);
        ScannedStream stream = FindStream(tile.StreamNumber, record);
        if (stream.HasEnded)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "A tile follows the end of its stream") { Offset = record.Header.Offset };
        }

        stream.Index.AddTile(tile, record.Header.Offset, record.Header.PayloadLength);
        _nodeDue = stream.Index.NodeIsDue ? stream : null;
        return null;
    }

    private ScanStep? HandleIndexNode(RawRecord record)
    {
        long offset = record.Header.Offset;
        IndexNode node = IndexNode.Read(record.Payload, offset);
        ScannedStream stream = FindStream(node.StreamNumber, record);
        if (_nodeDue is not null)
        {
            if (stream != _nodeDue || node.Level != 1)
            {
                throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "An index node of another stream or level is due") { Offset = offset };
            }

            _nodeDue = null;
        }
        else if (stream is { HasEnded: false, Closed: { } passed } && _closed.FollowsTile(stream.Info, node, offset))
        {
            passed.AddNode(node, offset, record.Header.PayloadLength, isHeldBack: false);
            return null;
        }
        else
        {
            (int Level, int Stream, long FirstLeaf) order = (node.Level, node.StreamNumber, node.FirstLeaf);
            if (_streams.Any(s => !s.HasEnded) || order.CompareTo(_lastHeldBack) <= 0)
            {
                throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "An index node stands too early or not in order") { Offset = offset };
            }

            _tailOffset = _lastHeldBack.Level < 0 ? offset : _tailOffset;
            _lastHeldBack = order;
        }

        if (stream.Closed is { } closed)
        {
            closed.AddNode(node, offset, record.Header.PayloadLength, isHeldBack: true);
        }
        else
        {
            stream.Index.AddNode(node, offset, record.Header.PayloadLength);
        }

        return null;
    }

    private ScanStep HandleStreamEnd(RawRecord record)
    {
        long offset = record.Header.Offset;
        Wire.StreamResult wire = StrictMessage.Parse(Wire.StreamResult.Parser, Wire.StreamResult.Descriptor, record.Payload, offset);
        ScannedStream stream = FindStream((int)Math.Min(wire.StreamNo, int.MaxValue), record);
        At(offset, () =>
        {
            stream.End(wire, offset);
            return true;
        });
        return new ScanStep(ScanKind.StreamEnded, stream);
    }

    private ScannedStream FindStream(int number, in RawRecord record)
    {
        if (number < 0 || number >= _streams.Count)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "A record belongs to a stream that has not begun") { Offset = record.Header.Offset };
        }

        SealScopes.Check(record.Opened, record.Header.Type, _streams[number].Info.Kind, record.Header.Offset);
        return _streams[number];
    }
}
