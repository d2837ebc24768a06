using System.Buffers.Binary;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Rewriting;

/// <summary>Copies a bundle that was verified before, opening each record and sealing it anew or not at all, spec 15.5.</summary>
internal sealed class ResealCopy(RecordReader input, IReadOnlyList<BundleKey> keys, RecordEmitter output, Features features, BundleEncryption? encryption)
{
    private readonly List<PlaceMap> _streams = [];
    private readonly List<StreamKind> _kinds = [];
    private int _openStreams;
    private bool _headWritten;
    private Wire.FeatureNames _names = new();
    private byte[]? _envelope;
    private long _tailOffset;
    private long _checkpointOffset;
    private RecordPlace _layout;
    private RecordPlace _manifest;
    private Digest _manifestDigest;

    /// <summary>Copies everything up to the trailer, and writes that.</summary>
    public async Task RunAsync(IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        var envelope = new EnvelopeScan(input, keys);
        var preamble = new byte[Preamble.Size];
        new Preamble(input.Preamble.Minor, features, input.Preamble.BundleId).Write(preamble);
        await output.WriteRawAsync(preamble, cancellationToken).ConfigureAwait(false);
        while (await input.ReadRecordAsync(cancellationToken).ConfigureAwait(false) is { } record)
        {
            if (record.Header.Type != RecordType.Checkpoint)
            {
                record.CheckPayload();
            }

            if (record.Header.Type == RecordType.Envelope)
            {
                await envelope.OpenAsync(record, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await CopyAsync(record, cancellationToken).ConfigureAwait(false);
            }

            input.Return(record);
            progress?.Report(new BundleProgress("", input.Offset, null, output.Offset));
        }

        await input.ReadTrailerAsync(cancellationToken).ConfigureAwait(false);
        var trailer = new byte[Trailer.Size];
        new Trailer(
            input.Preamble.BundleId, features, output.Offset + Trailer.Size, output.RecordCount, _manifest.Offset, _manifest.PayloadLength, _tailOffset, _checkpointOffset, _manifestDigest,
            _layout.Offset, _layout.PayloadLength)
            .Write(trailer, output.Sealer?.Keys);
        await output.WriteRawAsync(trailer, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask CopyAsync(RawRecord record, CancellationToken cancellationToken)
    {
        RecordType type = record.Header.Type;
        if (!_headWritten && type is not (RecordType.Readme or RecordType.FeatureNames))
        {
            await WriteHeadAsync(cancellationToken).ConfigureAwait(false);
        }

        switch (type)
        {
            case RecordType.FeatureNames:
                _names = Wire.FeatureNames.Parser.ParseFrom(record.Payload);
                break;
            case RecordType.EnvelopeCopy:
                break;
            case RecordType.Signature:
                await CopySignatureAsync(record, cancellationToken).ConfigureAwait(false);
                break;
            case RecordType.StreamBegin:
                _kinds.Add((StreamKind)Wire.StreamBegin.Parser.ParseFrom(record.Payload).Header.Kind);
                _streams.Add(new PlaceMap());
                _openStreams++;
                await EmitAsync(record, SealScope.Meta, cancellationToken).ConfigureAwait(false);
                break;
            case RecordType.StreamEnd:
                _openStreams--;
                await EmitAsync(record, SealScope.Meta, cancellationToken).ConfigureAwait(false);
                break;
            case RecordType.Chunk:
                StreamOf(record).AddChunk(await EmitAsync(record, ScopeOf(record), cancellationToken).ConfigureAwait(false));
                break;
            case RecordType.Runs:
                await EmitAsync(record, ScopeOf(record), cancellationToken).ConfigureAwait(false);
                break;
            case RecordType.Tile:
                byte[] tile = StreamOf(record).Move(Tile.Read(record.Payload, record.Header.Offset));
                StreamOf(record).AddIndex(0, await output.EmitAsync(type, tile, ScopeOf(record), cancellationToken).ConfigureAwait(false));
                break;
            case RecordType.IndexNode:
                NoteTail();
                IndexNode node = IndexNode.Read(record.Payload, record.Header.Offset);
                StreamOf(record).AddIndex(node.Level, await output.EmitAsync(type, StreamOf(record).Move(node), SealScope.Meta, cancellationToken).ConfigureAwait(false));
                break;
            case RecordType.Checkpoint:
                await CopyCheckpointAsync(record, cancellationToken).ConfigureAwait(false);
                break;
            case RecordType.Layout:
                NoteTail();
                _layout = await output.EmitAsync(type, MoveLayout(record), cancellationToken).ConfigureAwait(false);
                break;
            case RecordType.Manifest:
                _manifestDigest = MerkleTree.ManifestDigest(record.Payload);
                _manifest = await EmitAsync(record, SealScope.Meta, cancellationToken).ConfigureAwait(false);
                await RepeatEnvelopeAsync(cancellationToken).ConfigureAwait(false);
                break;
            default:
                await CopyOtherAsync(record, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask WriteHeadAsync(CancellationToken cancellationToken)
    {
        _headWritten = true;
        if (!features.IsEmpty)
        {
            await output.EmitAsync(RecordType.FeatureNames, FeatureRegistry.Describe(features, _names), cancellationToken).ConfigureAwait(false);
        }

        if (output.Sealer is { } sealer)
        {
            // Public tags are a choice of whoever made the bundle; what stood in the clear stays hidden here.
            Wire.Envelope made = await EnvelopeMaker.MakeAsync(sealer.Keys, encryption!.Recipients, output.TakeHeadDigest(), [], cancellationToken).ConfigureAwait(false);
            _envelope = EnvelopePayload.Write(made, sealer.Keys);
            await output.EmitAsync(RecordType.Envelope, _envelope, SealScope.Meta, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask RepeatEnvelopeAsync(CancellationToken cancellationToken)
    {
        if (_envelope is not null)
        {
            await output.EmitAsync(RecordType.EnvelopeCopy, _envelope, SealScope.Meta, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CopyCheckpointAsync(RawRecord record, CancellationToken cancellationToken)
    {
        Wire.Checkpoint checkpoint;
        try
        {
            record.CheckPayload();
            checkpoint = StrictMessage.Parse(Wire.Checkpoint.Parser, Wire.Checkpoint.Descriptor, record.Payload, record.Header.Offset);
        }
        catch (BundleFormatException)
        {
            // Damaged, or it did not open: an aid less.
            return;
        }

        checkpoint.PreviousOffset = (ulong)_checkpointOffset;
        _checkpointOffset = (await output.EmitAsync(RecordType.Checkpoint, checkpoint, cancellationToken).ConfigureAwait(false)).Offset;
    }

    private async ValueTask CopySignatureAsync(RawRecord record, CancellationToken cancellationToken)
    {
        // A statement about stored bytes does not hold for other bytes; one about content does.
        if (!RecordCopy.IsAboutStorage(record))
        {
            await EmitAsync(record, SealScope.Meta, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CopyOtherAsync(RawRecord record, CancellationToken cancellationToken)
    {
        // A record of a type we do not know is ignored by readers; what we cannot open we cannot seal again.
        bool isKnown = Enum.IsDefined(record.Header.Type);
        if (isKnown || !record.Header.IsSealed)
        {
            await EmitAsync(record, SealScope.Meta, cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask<RecordPlace> EmitAsync(RawRecord record, SealScope scope, CancellationToken cancellationToken) =>
        output.EmitAsync(record.Header.Type, record.Payload, scope, cancellationToken);

    private Wire.Layout MoveLayout(RawRecord record)
    {
        Wire.Layout layout = Wire.Layout.Parser.ParseFrom(record.Payload);
        foreach (Wire.StreamPlace place in layout.Streams)
        {
            _streams[(int)place.StreamNo].Place(place);
        }

        layout.Runs.Clear();
        layout.Runs.Add(RunTable.ToWire(output.Sealer?.Runs ?? []));
        return layout;
    }

    private void NoteTail() => _tailOffset = _tailOffset == 0 && _openStreams == 0 ? output.Offset : _tailOffset;

    private PlaceMap StreamOf(in RawRecord record) => _streams[BinaryPrimitives.ReadInt32LittleEndian(record.Payload)];

    private SealScope ScopeOf(in RawRecord record) => SealScopes.Of(_kinds[BinaryPrimitives.ReadInt32LittleEndian(record.Payload)]);
}
