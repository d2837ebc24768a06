using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Images;

/// <summary>Lays an image out front to back.</summary>
internal sealed class ImageLayout(BundleImage image)
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Dictionary<int, LayoutStream> _streams = [];
    private readonly uint _bundleTag = RecordHeader.TagOf(image.Id);
    private StoredRoot? _storedRoot;
    private byte[]? _envelope;
    private byte[] _prologue = [];
    private long _recordCount;
    private long _tailOffset;
    private long _checkpointOffset;
    private long _manifestOffset;
    private long _layoutOffset;
    private int _layoutLength;
    private int _manifestLength;

    public byte[] Run()
    {
        image.Storage = null;
        WritePreamble();
        foreach (ImageRecord record in image.Records)
        {
            record.Offset = _output.WrittenCount;
            byte[] payload = record.IsDerived ? Derive(record) : record.Payload;
            payload = record.Edit?.Invoke(payload) ?? payload;
            Observe(record, payload, payload.Length + Overhead(record));
            Write(record, payload);
        }

        if (image.HasTrailer)
        {
            WriteTrailer();
        }

        return _output.WrittenSpan.ToArray();
    }

    private void WritePreamble()
    {
        var bytes = new byte[Preamble.Size];
        new Preamble(image.Minor, image.Features, image.Id).Write(bytes);
        if (image.EditPreamble is { } edit)
        {
            edit(bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(60), Crc32C.Compute(bytes.AsSpan(0, 60)));
        }

        _output.Write(bytes);
        _storedRoot = new StoredRoot(bytes);
    }

    private void WriteTrailer()
    {
        var bytes = new byte[Trailer.Size];
        long tail = _tailOffset != 0 ? _tailOffset : _layoutOffset;
        new Trailer(
            image.Id, image.Features, _output.WrittenCount + Trailer.Size, _recordCount, _manifestOffset, _manifestLength, tail, _checkpointOffset, image.ManifestDigest,
            _layoutOffset, _layoutLength, image.HasStoredRoot ? image.Storage!.StoredRoot : default)
            .Write(bytes, image.Sealing?.Keys);
        if (image.Sealing is { EditTrailer: { } falsify } sealing)
        {
            falsify(bytes);
            sealing.Keys.TrailerMac(bytes).CopyTo(bytes.AsSpan(160));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(252), Crc32C.Compute(bytes.AsSpan(0, 252)));
        }

        if (image.EditTrailer is { } edit)
        {
            edit(bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(252), Crc32C.Compute(bytes.AsSpan(0, 252)));
        }

        _output.Write(bytes);
    }

    private void Write(ImageRecord record, byte[] plain)
    {
        byte[] payload = Seal(record, plain);
        RecordFlags flags = IsSealed(record) ? record.Flags | RecordFlags.Encrypted : record.Flags;
        var header = new RecordHeader(record.Type, flags, payload.Length, Crc32C.Compute(payload), _recordCount++, record.Offset, _bundleTag);
        byte[] bytes = new byte[(int)(header.NextOffset - record.Offset)];
        header.Write(bytes);
        if (record.EditHeader is { } edit)
        {
            edit(bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(36), Crc32C.Compute(bytes.AsSpan(0, 36)));
        }

        payload.CopyTo(bytes, RecordHeader.Size);
        record.Damage?.Invoke(bytes);
        record.Stored = payload;
        _output.Write(bytes);
        if (image.Storage is null)
        {
            _storedRoot!.Add(bytes.AsSpan(0, RecordHeader.Size), Digest.Of(bytes.AsSpan(RecordHeader.Size, payload.Length)));
        }

        if (record.Type == RecordType.Manifest)
        {
            image.Storage = new StorageFacts(_storedRoot!.Compute(), _recordCount, header.NextOffset);
        }
    }

    private bool IsSealed(ImageRecord record) =>
        record.IsSealed ?? (image.Sealing is not null && Enum.IsDefined(record.Type) && RecordHeader.MustBeSealed(record.Type));

    private int Overhead(ImageRecord record) => IsSealed(record) ? SealPrefix.Overhead : 0;

    private byte[] Seal(ImageRecord record, byte[] payload)
    {
        if (!IsSealed(record) || image.Sealing is not { } sealing)
        {
            return payload;
        }

        var header = new RecordHeader(record.Type, record.Flags | RecordFlags.Encrypted, payload.Length + SealPrefix.Overhead, 0, _recordCount, record.Offset, _bundleTag);
        SealScope scope = !SealScopes.DependsOnStream(record.Type) || payload.Length < 4
            ? SealScope.Meta
            : SealScopes.Of((StreamKind)Stream(BinaryPrimitives.ReadInt32LittleEndian(payload)).Header.Kind);
        return sealing.Seal(record, header, scope, payload);
    }

    private byte[] Derive(ImageRecord record)
    {
        switch (record.Type)
        {
            case RecordType.Tile:
                return Stream(record.Stream).TakeTile(record.Offset, Overhead(record));
            case RecordType.IndexNode:
                return Stream(record.Stream).TakeNode(record.Level, record.Offset, Overhead(record));
            case RecordType.StreamEnd:
                return Stream(record.Stream).End(record.VirtualLength, record.ContentRoot).ToByteArray();
            case RecordType.Layout:
                return DeriveLayout().ToByteArray();
            case RecordType.Envelope:
                return _envelope = image.Sealing!.BuildEnvelope(_output.WrittenSpan);
            case RecordType.EnvelopeCopy:
                return _envelope ?? image.Sealing!.BuildEnvelope(_output.WrittenSpan);
            default:
                return DeriveManifest().ToByteArray();
        }
    }

    private Wire.Manifest DeriveManifest()
    {
        Wire.Manifest manifest = image.Manifest.Clone();
        manifest.PrologueDigest = ByteString.CopyFrom(Digest.Of(_prologue).ToByteArray());
        for (int i = 0; i < manifest.Streams.Count; i++)
        {
            if (_streams.TryGetValue(i, out LayoutStream? stream))
            {
                manifest.Streams[i].Header = stream.Header.Clone();
                manifest.Streams[i].Result = stream.Result?.Clone();
            }
        }

        return manifest;
    }

    private Wire.Layout DeriveLayout()
    {
        var layout = new Wire.Layout();
        for (int i = 0; i < image.Manifest.Streams.Count; i++)
        {
            layout.Streams.Add(Stream(i).Place(i));
        }

        layout.Runs.Add(image.Sealing?.WireRuns() ?? []);
        return layout;
    }

    /// <summary>Takes note of what later records repeat. What cannot be understood is passed over: some images are meant to be wrong.</summary>
    private void Observe(ImageRecord record, byte[] payload, int storedLength)
    {
        switch (record.Type)
        {
            case RecordType.Prologue:
                _prologue = payload;
                break;
            case RecordType.StreamBegin:
                Begin(payload);
                break;
            case RecordType.Chunk when payload.Length >= ChunkHeader.Size:
                Stream(BinaryPrimitives.ReadInt32LittleEndian(payload)).AddChunk(payload, record.Offset, storedLength);
                break;
            case RecordType.Runs when payload.Length >= RunsPayload.HeaderSize:
                Stream(BinaryPrimitives.ReadInt32LittleEndian(payload)).AddRuns(payload);
                break;
            case RecordType.StreamEnd:
                ObserveEnd(record, payload);
                break;
            case RecordType.IndexNode when image.Records.IndexOf(record) > image.Records.FindLastIndex(r => r.Type == RecordType.StreamEnd):
                _tailOffset = _tailOffset == 0 ? record.Offset : _tailOffset;
                break;
            case RecordType.Checkpoint:
                _checkpointOffset = record.Offset;
                break;
            case RecordType.Layout:
                _layoutOffset = record.Offset;
                _layoutLength = storedLength;
                break;
            case RecordType.Manifest:
                _manifestOffset = record.Offset;
                _manifestLength = storedLength;
                image.ManifestDigest = MerkleTree.ManifestDigest(payload);
                break;
        }
    }

    private void Begin(byte[] payload)
    {
        try
        {
            Wire.StreamHeader? header = Wire.StreamBegin.Parser.ParseFrom(payload).Header;
            if (header is not null)
            {
                _streams.TryAdd((int)header.StreamNo, new LayoutStream(header));
            }
        }
        catch (InvalidProtocolBufferException)
        {
        }
    }

    private void ObserveEnd(ImageRecord record, byte[] payload)
    {
        try
        {
            Wire.StreamResult result = Wire.StreamResult.Parser.ParseFrom(payload);
            Stream(record.Stream >= 0 ? record.Stream : (int)result.StreamNo).Result = result;
            image.Results[(int)result.StreamNo] = result;
        }
        catch (InvalidProtocolBufferException)
        {
        }
    }

    private LayoutStream Stream(int number)
    {
        if (!_streams.TryGetValue(number, out LayoutStream? stream))
        {
            stream = new LayoutStream(new Wire.StreamHeader { StreamNo = (uint)number });
            _streams.Add(number, stream);
        }

        return stream;
    }
}
