using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Salvaging;

/// <summary>Takes intact records in the order of the source and keeps what each says. A record that breaks the rules counts as damaged.</summary>
internal sealed class RecordHandler
{
    // A bundle has one. Two are kept to see that they contradict each other, and more only fill the memory.
    private const int MaxManifests = 2;

    private readonly DamagedHead _head;
    private readonly BundleReaderOptions _options;
    private readonly List<SalvageDamage> _damage;
    private readonly Statements<BundleManifest> _prologues = new();
    private readonly List<BundleManifest> _manifests = [];
    private Features? _features;

    public RecordHandler(DamagedHead head, BundleReaderOptions options, List<SalvageDamage> damage)
    {
        _head = head;
        _options = options;
        _damage = damage;
        _features = head.Features;
        Id = head.Id;
    }

    /// <summary>Gets the id, once anything intact names it.</summary>
    public BundleId? Id { get; private set; }

    /// <summary>Gets the application as the start of a stream states it.</summary>
    public ApplicationIdentity? Application { get; private set; }

    public BundleManifest? Prologue => _prologues.HasValue ? _prologues.Value : null;

    public long Records { get; private set; }

    public SortedDictionary<int, StreamFinds> Streams { get; } = [];

    /// <summary>Gets whether chunks may be compressed with zstd. If no intact part lists the features, a chunk's digest decides.</summary>
    public bool ZstdAllowed => _features is not { } f || f.HasZstd;

    /// <summary>Finds the start of a stream, if it was seen and nothing contradicts it.</summary>
    public StreamInfo? FindHeader(int number) =>
        Streams.TryGetValue(number, out StreamFinds? finds) && finds.Headers.HasValue ? finds.Headers.Value : null;

    public void Handle(BatchItem item)
    {
        FoundRecord record = item.Record;
        try
        {
            CheckFlags(record);
            Handle(item, record);
            Records++;
        }
        catch (BundleFormatException e) when (e.Code is not WaybillErrorCode.UnsupportedFeature)
        {
            _damage.Add(new SalvageDamage(record.Position, RecordHeader.Size + record.Header.PayloadLength, e.Message));
        }
    }

    /// <summary>Chooses the manifest that the trailer confirms, else the only one.</summary>
    public (BundleManifest? Manifest, bool Confirmed) ChooseManifest(Trailer? trailer)
    {
        BundleManifest? confirmed = trailer is { } t ? _manifests.FirstOrDefault(m => m.Digest == t.ManifestDigest) : null;
        if (confirmed is null && _manifests.Count > 0 && (trailer is not null || _manifests.Any(m => m.Digest != _manifests[0].Digest)))
        {
            _damage.Add(new SalvageDamage(0, 0, "The bundle has several manifests, or one that its trailer does not confirm; none is used"));
            return (null, false);
        }

        return (confirmed ?? _manifests.FirstOrDefault(), confirmed is not null);
    }

    /// <summary>Adds what the manifest says of the streams, also of those of which nothing else is left.</summary>
    public void AddStatements(BundleManifest? manifest, bool confirmed)
    {
        foreach (StreamInfo stream in manifest?.Streams ?? [])
        {
            StreamFinds finds = Find(stream.Number);
            finds.Headers.Add(StreamCodec.HeaderFromWire(StreamCodec.HeaderToWire(stream)), confirmed);
            finds.Outcomes.Add(new StreamOutcome(stream.VirtualLength, stream.LeafCount, stream.Root), confirmed);
        }
    }

    private void Handle(BatchItem item, FoundRecord record)
    {
        long place = record.Position;
        int length = record.Header.PayloadLength;
        switch (record.Header.Type)
        {
            case RecordType.FeatureNames:
                HandleFeatureNames(record);
                break;
            case RecordType.Prologue:
                HandlePrologue(record);
                break;
            case RecordType.StreamBegin:
                HandleStreamBegin(record);
                break;
            case RecordType.Chunk:
                HandleChunk(item, record);
                break;
            case RecordType.Runs:
                (int number, Leaf[] runs) = RunsPayload.Read(record.Payload, place);
                FindOfScope(number, record).AddRuns(runs, place, length);
                break;
            case RecordType.Tile:
                Tile tile = Tile.Read(record.Payload, place);
                FindOfScope(tile.StreamNumber, record).AddTile(tile, place, length);
                break;
            case RecordType.IndexNode:
                IndexNode node = IndexNode.Read(record.Payload, place);
                Find(node.StreamNumber).Nodes.Add(node);
                break;
            case RecordType.StreamEnd:
                HandleStreamEnd(record);
                break;
            case RecordType.Manifest:
                HandleManifest(record);
                break;
            case RecordType type when !Enum.IsDefined(type) && (record.Header.Flags & RecordFlags.Critical) != 0:
                throw new BundleFormatException(WaybillErrorCode.FramingInvalid, $"A record of the unknown type {(byte)type:X2} must not be ignored");
        }
    }

    private static void CheckFlags(FoundRecord record)
    {
        if ((record.Header.Flags & RecordFlags.ReservedBreaking) != 0)
        {
            throw new BundleFormatException(WaybillErrorCode.FramingInvalid, "A record has flags this reader must not ignore");
        }

        if (record.Header.IsSealed && record.Opened is null)
        {
            throw new BundleFormatException(WaybillErrorCode.NoMatchingKey, "A record is sealed, and both envelopes of the bundle are lost");
        }
    }

    /// <summary>Holds what belongs to a stream to the stream's scope, as far as its kind is known.</summary>
    private StreamFinds FindOfScope(int number, FoundRecord record)
    {
        if (FindHeader(number) is { } stream)
        {
            SealScopes.Check(record.Opened, record.Header.Type, stream.Kind, record.Position);
        }

        return Find(number);
    }

    private void HandleFeatureNames(FoundRecord record)
    {
        Wire.FeatureNames names = StrictMessage.Parse(Wire.FeatureNames.Parser, Wire.FeatureNames.Descriptor, record.Payload, record.Position);
        if (_features is not null)
        {
            return;
        }

        // The preamble is lost; the record names every bit that is set (F-28).
        Span<ulong> words = stackalloc ulong[3];
        foreach (Wire.FeatureName name in names.Features)
        {
            if (name.Word < words.Length && name.Bit < 64)
            {
                words[(int)name.Word] |= 1UL << (int)name.Bit;
            }
        }

        var features = new Features(words[0], words[1], words[2]);
        _features = features.UnknownIncompat == 0 ? features : throw FeatureCheck.Refusal(features, names);
    }

    private void HandlePrologue(FoundRecord record)
    {
        CheckMessageLength(record);
        Wire.Prologue wire = StrictMessage.Parse(Wire.Prologue.Parser, Wire.Prologue.Descriptor, record.Payload, record.Position);
        BundleId id = WireValues.ToBundleId(wire.BundleId, "The bundle id in the prologue");
        RequireId(id);
        _prologues.Add(ManifestCodec.DecodePrologue(record.Payload, new Preamble(BundleFormat.Minor, default, id), record.Position));
    }

    private void HandleStreamBegin(FoundRecord record)
    {
        Wire.StreamBegin wire = StrictMessage.Parse(Wire.StreamBegin.Parser, Wire.StreamBegin.Descriptor, record.Payload, record.Position);
        StreamInfo info = StreamCodec.HeaderFromWire(wire.Header ?? new Wire.StreamHeader());
        RequireId(WireValues.ToBundleId(wire.BundleId, "The bundle id of a stream"));
        Application ??= WireValues.ToApplication(wire.Application);
        Find(info.Number).Headers.Add(info);
    }

    private void HandleChunk(BatchItem item, FoundRecord record)
    {
        if (item.Problem is { } problem)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, problem);
        }

        ChunkHeader chunk = item.Chunk!.Value;
        if (item.IsUnchecked)
        {
            Find(chunk.StreamNumber).Unchecked.Add(new UncheckedChunk(record.Position, record.Header.PayloadLength));
        }
        else
        {
            FindOfScope(chunk.StreamNumber, record).AddChunk(chunk, item.Mask, record.Position, record.Header.PayloadLength);
        }
    }

    private void HandleStreamEnd(FoundRecord record)
    {
        Wire.StreamResult wire = StrictMessage.Parse(Wire.StreamResult.Parser, Wire.StreamResult.Descriptor, record.Payload, record.Position);
        if (wire.StreamNo >= BundleFormat.MaxStreams)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A stream number is above 65 534");
        }

        StreamInfo info = StreamCodec.WithResult(ChunkChecker.UnknownStream((int)wire.StreamNo), wire);
        Find(info.Number).Outcomes.Add(new StreamOutcome(info.VirtualLength, info.LeafCount, info.Root));
    }

    private void HandleManifest(FoundRecord record)
    {
        CheckMessageLength(record);
        Wire.Manifest wire = StrictMessage.Parse(Wire.Manifest.Parser, Wire.Manifest.Descriptor, record.Payload, record.Position);
        BundleId id = WireValues.ToBundleId(wire.BundleId, "The bundle id in the manifest");
        RequireId(id);
        if (_manifests.Count == MaxManifests)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "There are too many manifests");
        }

        _manifests.Add(ManifestCodec.Decode(record.Payload, id, record.Position));
    }

    /// <summary>Takes the id of the bundle from the first record that names it, if its tag is that of the records.</summary>
    private void RequireId(BundleId id)
    {
        if (Id is null ? RecordHeader.TagOf(id) != _head.Tag : id != Id)
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, "A record names another bundle");
        }

        Id = id;
    }

    private void CheckMessageLength(FoundRecord record)
    {
        if (record.Header.PayloadLength > _options.MaxManifestBytes)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, $"A {record.Header.Type} record is larger than {_options.MaxManifestBytes} bytes");
        }
    }

    private StreamFinds Find(int number)
    {
        if (!Streams.TryGetValue(number, out StreamFinds? finds))
        {
            finds = new StreamFinds(number, _damage);
            Streams.Add(number, finds);
        }

        return finds;
    }
}
