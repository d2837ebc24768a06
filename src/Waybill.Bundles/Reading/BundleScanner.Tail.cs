using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Reading;

/// <content>What stands behind all streams: layout, manifest and trailer.</content>
internal sealed partial class BundleScanner
{
    private ScanStep? HandleLayout(RawRecord record)
    {
        if (_streams.Any(s => !s.HasEnded))
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "The layout stands before the end of a stream") { Offset = record.Header.Offset };
        }

        _layout = record.Payload.ToArray();
        _layoutOffset = record.Header.Offset;
        _layoutLength = record.Header.PayloadLength;
        _runs.Complete(RunTable.Read(_layout, Preamble.Features.IsEncrypted, _layoutOffset), _layoutOffset);
        return null;
    }

    private ScanStep HandleManifest(RawRecord record)
    {
        CheckMessageLength(record);
        long offset = record.Header.Offset;
        ManifestCodec.CheckPrologue(_prologue, record.Payload, offset);
        Manifest = ManifestCodec.Decode(record.Payload, Preamble.BundleId, offset);
        if (Manifest.Streams.Length != _streams.Count)
        {
            throw ManifestInvalid("The manifest does not list every stream", offset);
        }

        Manifest = Manifest with { Streams = LayoutCodec.Apply(Manifest.Streams, _layout, _layoutOffset) };
        for (int i = 0; i < _streams.Count; i++)
        {
            StreamInfo stated = Manifest.Streams[i];
            StreamInfo seen = _streams[i].Info;
            if (!StreamCodec.HeaderToWire(stated).Equals(StreamCodec.HeaderToWire(seen)) || !StreamCodec.ResultToWire(stated).Equals(StreamCodec.ResultToWire(seen)))
            {
                throw ManifestInvalid($"The manifest says other of the stream '{seen.Name}' than the stream itself", offset);
            }

            if (_streams[i].Closed is { } closed)
            {
                closed.CheckComplete(stated, _layoutOffset);
                continue;
            }

            _streams[i].Index.CheckComplete(stated, _layoutOffset);
            if (stated.StoredBytes != seen.StoredBytes)
            {
                throw ManifestInvalid($"The layout counts other stored bytes of the stream '{seen.Name}' than there are", _layoutOffset);
            }
        }

        _closed.CheckComplete(_layoutOffset);
        _envelope.CheckManifest(record);
        _manifestOffset = offset;
        _manifestLength = record.Header.PayloadLength;
        return new ScanStep(ScanKind.Manifest);
    }

    private void CheckTrailer(Trailer trailer)
    {
        if (!IsEnvelopeRepeated)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "The envelope is not repeated behind the manifest") { Offset = trailer.TotalLength - Trailer.Size };
        }

        bool agrees = Manifest is not null && trailer.ManifestOffset == _manifestOffset && trailer.ManifestLength == _manifestLength
            && trailer.LayoutOffset == _layoutOffset && trailer.LayoutLength == _layoutLength
            && trailer.TailOffset == (_lastHeldBack.Level < 0 ? _layoutOffset : _tailOffset) && trailer.CheckpointOffset == _lastCheckpoint;
        if (!agrees)
        {
            throw new BundleFormatException(WaybillErrorCode.FramingInvalid, "The trailer does not agree with the records before it") { Offset = trailer.TotalLength - Trailer.Size };
        }

        if (Manifest!.Digest != trailer.ManifestDigest)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, "The manifest does not match the digest in the trailer") { Offset = _manifestOffset };
        }
    }
}
