using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Reading;

/// <summary>What the scanner found.</summary>
internal enum ScanKind
{
    StreamBegun,
    Chunk,
    Runs,
    StreamEnded,
    Manifest,
}

/// <summary>One step of a scan. The payload of a chunk is not checked yet: whoever decodes it does that, and returns the record.</summary>
internal readonly record struct ScanStep(ScanKind Kind, ScannedStream? Stream = null, ChunkHeader Chunk = default, RawRecord Record = default, Leaf[]? Runs = null);

/// <summary>Reads a bundle front to back and checks everything about it but the content of chunks.</summary>
internal sealed partial class BundleScanner : IDisposable
{
    private readonly BundleReaderOptions _options;
    private readonly RecordReader _records;
    private readonly EnvelopeScan _envelope;
    private readonly List<ScannedStream> _streams = [];
    private byte[]? _prologue;
    private byte[]? _featureNames;
    private bool _schemaSeen;
    private ScannedStream? _nodeDue;
    private (int Level, int Stream, long FirstLeaf) _lastHeldBack = (-1, 0, 0);
    private long _tailOffset;
    private readonly RunTracker _runs = new();
    private readonly ClosedRecords _closed = new();
    private readonly StatementList _statements = new();
    private bool _signatureSeen;
    private byte[]? _layout;
    private long _layoutOffset;
    private int _layoutLength;
    private long _lastCheckpoint;
    private long _manifestOffset;
    private int _manifestLength;

    /// <summary>Makes a scanner.</summary>
    /// <param name="input">The bundle.</param>
    /// <param name="options">Limits and keys.</param>
    /// <param name="tracksStored">Whether the stored root is computed, for statements about stored bytes; it costs a hash of every byte.</param>
    /// <param name="passesClosed">Whether streams whose key is missing are checked from outside, instead of refused. Their content gives no steps.</param>
    public BundleScanner(Stream input, BundleReaderOptions options, bool tracksStored, bool passesClosed = false)
    {
        _options = options;
        _records = new RecordReader(input, tracksStored, passesClosed);
        _envelope = new EnvelopeScan(_records, options.Keys);
    }

    public Preamble Preamble => _records.Preamble;

    /// <summary>Gets what the prologue says, once it was seen.</summary>
    public BundleManifest? Prologue { get; private set; }

    /// <summary>Gets the manifest, once it was seen.</summary>
    public BundleManifest? Manifest { get; private set; }

    /// <summary>Gets whether the trailer was found and agrees with everything before it.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Gets what the signatures speak of, once the manifest was seen.</summary>
    public BundleFacts? Facts => Manifest is { } manifest ? new BundleFacts(manifest.Id, manifest.Digest, _records.Stored) : null;

    /// <summary>Gets the statements in the bundle, once its end was seen.</summary>
    public IReadOnlyList<SignedStatement> Statements => _statements.Statements;

    /// <summary>Gets what the keys open; nothing before that is known.</summary>
    public KeyScopes Scopes => _records.Scopes;

    public long Offset => _records.Offset;

    public long RecordCount => _records.RecordCount;

    public IReadOnlyList<ScannedStream> Streams => _streams;

    /// <summary>Goes on to the next thing of interest; <see langword="null"/> only when the trailer has proved the bundle complete.</summary>
    public async ValueTask<ScanStep?> NextAsync(CancellationToken cancellationToken)
    {
        if (IsComplete)
        {
            return null;
        }

        if (_records.Offset == 0)
        {
            await _records.ReadPreambleAsync(cancellationToken).ConfigureAwait(false);
            await FeatureCheck.RequireKnownAsync(_records, cancellationToken).ConfigureAwait(false);
        }

        while (await _records.ReadRecordAsync(cancellationToken).ConfigureAwait(false) is { } record)
        {
            if (record.Header.Type == RecordType.Envelope)
            {
                record.CheckPayload();
                CheckOrder(record.Header);
                await _envelope.OpenAsync(record, cancellationToken).ConfigureAwait(false);
                _records.Return(record);
            }
            else if (Handle(record) is { } step)
            {
                return step;
            }
        }

        Trailer trailer = await _records.ReadTrailerAsync(cancellationToken).ConfigureAwait(false);
        CheckTrailer(trailer);
        IsComplete = true;
        return null;
    }

    public void Dispose() => _records.Dispose();

    /// <summary>Gives back the buffer of a chunk.</summary>
    public void Return(RawRecord record) => _records.Return(record);

    private ScanStep? Handle(RawRecord record)
    {
        RecordHeader header = record.Header;
        if (record.Closed is { } closed)
        {
            CheckOrder(header);
            TrackRun(record);
            _closed.Add(header, closed.Scope);
            _records.Return(record);
            return null;
        }

        if (header.Type == RecordType.Chunk)
        {
            return HandleChunk(record);
        }

        if (header.Type != RecordType.Checkpoint)
        {
            // A checkpoint is an aid for salvage; its damage makes no bundle invalid (spec 12).
            record.CheckPayload();
        }

        RefuseUnknownType(header);
        CheckOrder(header);
        TrackRun(record);
        ScanStep? step = header.Type switch
        {
            RecordType.Readme => null,
            RecordType.FeatureNames => KeepFeatureNames(record),
            RecordType.Schema => SeeSchema(header),
            RecordType.Prologue => HandlePrologue(record),
            RecordType.StreamBegin => HandleStreamBegin(record),
            RecordType.Runs => HandleRuns(record),
            RecordType.Tile => HandleTile(record),
            RecordType.IndexNode => HandleIndexNode(record),
            RecordType.StreamEnd => HandleStreamEnd(record),
            RecordType.Layout => HandleLayout(record),
            RecordType.Manifest => HandleManifest(record),
            RecordType.Checkpoint => HandleCheckpoint(record),
            RecordType.EnvelopeCopy => HandleEnvelopeCopy(record),
            RecordType.Signature => HandleSignature(record),
            RecordType.Pad => null,
            _ => null,
        };
        _records.Return(record);
        return step;
    }

    private ScanStep? KeepFeatureNames(RawRecord record)
    {
        _featureNames = record.Payload.ToArray();
        Wire.FeatureNames names = StrictMessage.Parse(Wire.FeatureNames.Parser, Wire.FeatureNames.Descriptor, _featureNames, record.Header.Offset);
        if (!Preamble.Features.SetBits().All(bit => names.Features.Any(f => f.Word == bit.Word && f.Bit == bit.Bit && f.Name.Length > 0)))
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, "The bundle uses a feature that it does not name") { Offset = record.Header.Offset };
        }

        return null;
    }

    private ScanStep? HandleEnvelopeCopy(RawRecord record)
    {
        _envelope.Repeat(record);
        return null;
    }

    private ScanStep? HandleSignature(RawRecord record)
    {
        _signatureSeen = true;
        _statements.Add(record.Payload, record.Header.Offset);
        return null;
    }

    private ScanStep? SeeSchema(RecordHeader header)
    {
        _schemaSeen = true;
        return (Preamble.Features.Compat & Features.Schema) != 0
            ? null
            : throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "There is a schema record but the feature is not announced") { Offset = header.Offset };
    }

    private ScanStep? HandlePrologue(RawRecord record)
    {
        CheckMessageLength(record);
        _prologue = record.Payload.ToArray();
        Prologue = ManifestCodec.DecodePrologue(_prologue, Preamble, record.Header.Offset);
        return null;
    }

    private ScanStep? HandleCheckpoint(RawRecord record)
    {
        // An aid for salvage and resume; what it says is not needed here, only that it can be found.
        _lastCheckpoint = record.Header.Offset;
        return null;
    }

    private void CheckMessageLength(RawRecord record)
    {
        if (record.Header.PayloadLength > _options.MaxManifestBytes)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, $"A {record.Header.Type} record is larger than {_options.MaxManifestBytes} bytes") { Offset = record.Header.Offset };
        }
    }

    private void TrackRun(in RawRecord record)
    {
        if ((record.Opened ?? record.Closed) is { } prefix)
        {
            _runs.Add(record.Header.Sequence, prefix.RunSalt, record.Header.Offset);
        }
    }

    private static T At<T>(long offset, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (BundleFormatException e) when (e.Offset is null)
        {
            throw new BundleFormatException(e.Code, e.Message, e) { Offset = offset, Hint = e.Hint };
        }
    }

    private static BundleFormatException ManifestInvalid(string message, long offset) => new(WaybillErrorCode.ManifestInvalid, message) { Offset = offset };
}
