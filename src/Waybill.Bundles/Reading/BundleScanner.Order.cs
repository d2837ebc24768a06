using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <content>Which record may stand where.</content>
internal sealed partial class BundleScanner
{
    private bool IsEnvelopeOpen => _envelope.IsOpen || !Preamble.Features.IsEncrypted;

    private bool IsEnvelopeRepeated => _envelope.IsRepeated || !Preamble.Features.IsEncrypted;

    private static void RefuseUnknownType(RecordHeader header)
    {
        // F-19.
        if (!Enum.IsDefined(header.Type) && (header.Flags & RecordFlags.Critical) != 0)
        {
            throw new BundleFormatException(WaybillErrorCode.UnsupportedFeature, $"A record of the unknown type {(byte)header.Type:X2} must not be ignored")
            {
                Offset = header.Offset,
                Hint = "Use a newer version of this software.",
            };
        }
    }

    private void CheckOrder(RecordHeader header)
    {
        bool afterManifest = Manifest is not null;
        bool inHead = Prologue is null;
        bool allowed = header.Type switch
        {
            RecordType.Readme => _records.RecordCount == 1,
            RecordType.FeatureNames => _records.RecordCount == 2 && !Preamble.Features.IsEmpty,
            RecordType.Envelope => _records.RecordCount == 3 && _featureNames is not null && Preamble.Features.IsEncrypted,
            RecordType.Schema => inHead && _records.RecordCount > 1 && !_schemaSeen && IsEnvelopeOpen,
            RecordType.Prologue => inHead && _records.RecordCount > 1 && IsEnvelopeOpen,
            RecordType.EnvelopeCopy => afterManifest && Preamble.Features.IsEncrypted && !_envelope.IsRepeated && !_signatureSeen,
            RecordType.Signature => afterManifest && IsEnvelopeRepeated,
            _ => !inHead && !afterManifest,
        };

        // What a reader does not know may stand anywhere in the body, even between a tile and its node.
        bool ignored = header.Type is RecordType.Pad or RecordType.Checkpoint || !Enum.IsDefined(header.Type);
        if (header.Type != RecordType.IndexNode && !ignored)
        {
            _closed.ForgetTile();
        }

        if (_nodeDue is not null && header.Type != RecordType.IndexNode && !ignored)
        {
            allowed = false;
        }

        if (_lastHeldBack.Level >= 0 && header.Type is not (RecordType.IndexNode or RecordType.Layout or RecordType.Manifest or RecordType.EnvelopeCopy or RecordType.Signature) && !ignored)
        {
            allowed = false;
        }

        if ((_layout is null ? header.Type == RecordType.Manifest : !afterManifest && header.Type != RecordType.Manifest) && !ignored)
        {
            allowed = false;
        }

        if (!allowed)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, $"A {header.Type} record must not stand here") { Offset = header.Offset };
        }

        if (inHead && header.Type == RecordType.Prologue && !Preamble.Features.IsEmpty && _featureNames is null)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "The bundle uses features but does not name them") { Offset = header.Offset };
        }
    }
}
