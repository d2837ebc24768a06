using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <summary>Writes a bundle, front to back, to a stream or pipe.</summary>
/// <remarks>
/// Several streams may be open at once, each used by one caller. <see cref="CompleteAsync"/> is the only call that makes the bundle complete;
/// disposing without it leaves output that no reader takes for a bundle. After a failure the writer can only be disposed.
/// </remarks>
public sealed partial class BundleWriter : IAsyncDisposable
{
    private readonly BundleOutput _output;
    private readonly WriterCore _core;
    private readonly CellPipeline _pipeline;
    private readonly BundleWriterOptions _options;
    private readonly BundleChain? _parent;
    private readonly BundleManifest _head;
    private readonly Features _features;
    private readonly List<StreamBuilder> _streams = [];
    private readonly List<ConsistencyGroup> _groups = [];
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _beginning = new(1, 1);
    private Digest _prologueDigest;
    private byte[]? _envelope;
    private int _openStreams;
    private State _state;

    private BundleWriter(BundleOutput output, BundleManifest head, Features features, BundleChain? parent, BundleWriterOptions options)
    {
        _output = output;
        _head = head;
        _features = features;
        _parent = parent;
        _options = options;
        int maxCellSize = parent is null ? options.CellSize : Math.Max(options.CellSize, parent.Manifest.Streams.Select(s => s.CellSize).DefaultIfEmpty().Max());
        _core = new WriterCore(options, new RecordEmitter(output, head.Id, RecordSealer.Create(head.Id, options.Encryption), options.Signers.Count > 0), maxCellSize);
        _pipeline = new CellPipeline(options.Workers, _core.CreateWorker);
    }

    private enum State
    {
        Open,
        Completing,
        Completed,
        Disposed,
    }

    /// <summary>Gets the identity of the bundle.</summary>
    public BundleId Id => _head.Id;

    /// <summary>Gets the place of the bundle in its protection chain.</summary>
    public Lineage Lineage => _head.Lineage;

    /// <summary>Begins a bundle on a stream.</summary>
    /// <param name="output">Receives the bundle; need not be seekable. Disposed by the writer unless <see cref="BundleWriterOptions.LeaveOpen"/>.</param>
    /// <param name="description">Whose data it is.</param>
    /// <param name="parent">The chain to build on, or <see langword="null"/> for a full bundle. Stays the caller's and open until the writer is disposed.</param>
    /// <param name="options">How to write; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The writer; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.IncrementalRefused"/>, <see cref="WaybillErrorCode.ManifestInvalid"/>, or a failure of the output.</exception>
    public static Task<BundleWriter> CreateAsync(
        Stream output, BundleDescription description, BundleChain? parent = null, BundleWriterOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        BundleWriterOptions settings = (options ?? new BundleWriterOptions()).ValidatedCopy();
        return CreateCoreAsync(BundleOutput.To(output, settings.LeaveOpen), description, parent, settings, cancellationToken);
    }

    /// <summary>Begins a bundle on a pipe. The pipe is completed with the bundle, or with an exception if the bundle is not completed.</summary>
    /// <param name="output">Receives the bundle.</param>
    /// <param name="description">Whose data it is.</param>
    /// <param name="parent">The chain to build on, or <see langword="null"/> for a full bundle. Stays the caller's and open until the writer is disposed.</param>
    /// <param name="options">How to write; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The writer; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.IncrementalRefused"/>, <see cref="WaybillErrorCode.ManifestInvalid"/>, or a failure of the output.</exception>
    public static Task<BundleWriter> CreateAsync(
        PipeWriter output, BundleDescription description, BundleChain? parent = null, BundleWriterOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        BundleWriterOptions settings = (options ?? new BundleWriterOptions()).ValidatedCopy();
        return CreateCoreAsync(BundleOutput.To(output), description, parent, settings, cancellationToken);
    }

    /// <summary>Records how consistent some of the streams are, with what supports the claim.</summary>
    /// <param name="evidence">The level and its evidence.</param>
    /// <param name="streams">The streams it holds for, as returned when they were added.</param>
    /// <exception cref="ArgumentException">Application consistency without a successful hook, or a stream of another bundle.</exception>
    public void AddConsistencyGroup(ConsistencyEvidence evidence, IEnumerable<StreamInfo> streams)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(streams);
        if (evidence.Level == ConsistencyLevel.Application && !evidence.Hooks.Any(h => h.ExitCode == 0))
        {
            throw new ArgumentException("Application consistency needs the result of a successful hook.", nameof(evidence));
        }

        RequireState(State.Open);
        ImmutableArray<int> numbers = [.. streams.Select(FindNumber).Distinct().Order()];
        _groups.Add(new ConsistencyGroup(evidence, numbers));
    }

    /// <summary>Ends the bundle: the rest of the index, the manifest, and the trailer that makes it complete.</summary>
    /// <param name="cancellationToken">Is observed until the trailer is begun.</param>
    /// <returns>What the bundle says of itself.</returns>
    /// <exception cref="InvalidOperationException">A stream is still open or was not completed.</exception>
    /// <exception cref="WaybillException">What an earlier step or the output failed with.</exception>
    public async Task<BundleManifest> CompleteAsync(CancellationToken cancellationToken = default)
    {
        RequireState(State.Open);
        if (_openStreams > 0)
        {
            throw new InvalidOperationException("A stream of the bundle was not completed; the bundle cannot be.");
        }

        _state = State.Completing;
        await _pipeline.FinishAsync().ConfigureAwait(false);
        RecordEmitter emitter = _core.Emitter;
        long tailOffset = emitter.Offset;
        for (int level = 1; level <= IndexNode.MaxLevel; level++)
        {
            foreach (StreamBuilder stream in _streams)
            {
                await stream.EmitHeldBackAsync(level, emitter, cancellationToken).ConfigureAwait(false);
            }
        }

        Wire.Layout layout = LayoutCodec.ToWire(_streams.Select(s => s.Info), RunTable.ToWire(emitter.Sealer?.Runs ?? []));
        RecordPlace layoutPlace = await emitter.EmitAsync(RecordType.Layout, layout, cancellationToken).ConfigureAwait(false);
        BundleManifest manifest = _head with { Streams = [.. _streams.Select(s => s.Info)], Groups = [.. _groups] };
        byte[] payload = ManifestCodec.Encode(manifest, _options.Reproducible ? new byte[32] : RandomNumberGenerator.GetBytes(32), _prologueDigest);
        RecordPlace manifestPlace = await emitter.EmitAsync(RecordType.Manifest, payload, SealScope.Meta, cancellationToken).ConfigureAwait(false);
        if (_envelope is not null)
        {
            await emitter.EmitAsync(RecordType.EnvelopeCopy, _envelope, SealScope.Meta, cancellationToken).ConfigureAwait(false);
        }

        manifest = manifest with { Digest = MerkleTree.ManifestDigest(payload) };
        await SignAsync(manifest, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var trailer = new byte[Trailer.Size];
        new Trailer(
            Id, _features, emitter.Offset + Trailer.Size, emitter.RecordCount, manifestPlace.Offset, manifestPlace.PayloadLength, tailOffset, _core.CheckpointOffset, manifest.Digest,
            layoutPlace.Offset, layoutPlace.PayloadLength, emitter.Stored?.StoredRoot ?? default)
            .Write(trailer, emitter.Sealer?.Keys);
        await emitter.WriteRawAsync(trailer, CancellationToken.None).ConfigureAwait(false);
        await _output.CompleteAsync(CancellationToken.None).ConfigureAwait(false);
        _state = State.Completed;
        return manifest;
    }

    /// <summary>Releases everything; a bundle that was not completed stays incomplete for ever. Never throws.</summary>
    /// <returns>A task that ends when no worker of this writer runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_state == State.Disposed)
        {
            return;
        }

        bool completed = _state == State.Completed;
        _state = State.Disposed;
        await _pipeline.DisposeAsync().ConfigureAwait(false);
        _core.Emitter.Dispose();
        if (!completed)
        {
            await _output.AbortAsync(null).ConfigureAwait(false);
        }
    }

    private static async Task<BundleWriter> CreateCoreAsync(
        BundleOutput output, BundleDescription description, BundleChain? parent, BundleWriterOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(description);
        BundleManifest head = Describe(description, parent, options);
        return await StartAsync(output, head, parent, options, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<BundleWriter> StartAsync(
        BundleOutput output, BundleManifest head, BundleChain? parent, BundleWriterOptions options, CancellationToken cancellationToken)
    {
        ulong incompat = (options.Codec == BundleCodec.Zstd ? Features.Zstd : 0) | (options.Encryption is null ? 0 : Features.Encrypted);
        var features = new Features(incompat, 0, Features.Schema);
        var writer = new BundleWriter(output, head, features, parent, options);
        try
        {
            await writer.WriteHeadAsync(cancellationToken).ConfigureAwait(false);
            return writer;
        }
        catch
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static BundleManifest Describe(BundleDescription description, BundleChain? parent, BundleWriterOptions options)
    {
        ImmutableArray<Tag> tags = WireValues.SortTags(description.Tags);
        for (int i = 0; i < tags.Length; i++)
        {
            string? problem = WireValues.FindTagProblem(tags[i]);
            problem ??= i > 0 && WireValues.CompareTags(tags[i - 1], tags[i]) == 0 ? $"The tag '{tags[i].Key}' is given twice with the same source" : null;
            problem ??= tags.Length > BundleFormat.MaxTags ? "There are more than 65 536 tags" : null;
            if (problem is not null)
            {
                throw new WaybillException(WaybillErrorCode.ManifestInvalid, problem);
            }
        }

        if (description.Application.Id.IsDefault)
        {
            throw new ArgumentException("The application has no id.", nameof(description));
        }

        RefuseIdOfChain(parent, options);
        return new BundleManifest
        {
            Id = options.BundleId ?? BundleId.New(),
            Created = options.Created ?? Timestamp.From(options.TimeProvider.GetUtcNow()),
            Writer = (options.Writer ?? DefaultWriter()) with { Profile = options.Reproducible ? "reproducible" : "default" },
            Application = description.Application,
            Lineage = ChooseLineage(description, parent?.Manifest, options),
            Parent = parent is null ? null : new ParentLink(parent.Manifest.Id, parent.Manifest.Digest),
            Streams = [],
            Tags = tags,
        };
    }

    // Whoever follows the parents from such a bundle would come back to its id: a cycle, which every reader refuses (I-07).
    private static void RefuseIdOfChain(BundleChain? parent, BundleWriterOptions options)
    {
        if (options.BundleId is { } id && parent?.Bundles.FirstOrDefault(b => b.Manifest.Id == id) is { } taken)
        {
            throw new WaybillException(WaybillErrorCode.IncrementalRefused, $"The bundle would have the id {id}, which a bundle it builds on has already")
            {
                ObjectName = taken.Name,
                Hint = "Give it an id of its own, or none to have one made.",
            };
        }
    }

    private static Lineage ChooseLineage(BundleDescription description, BundleManifest? parent, BundleWriterOptions options)
    {
        if (parent is null)
        {
            return description.Lineage is { } given ? given with { Generation = 0 }
                : options.Reproducible ? throw new ArgumentException("The reproducible profile needs a lineage.", nameof(description))
                : new Lineage(LineageId.New(), 0);
        }

        if (parent.Application.Id != description.Application.Id)
        {
            throw new WaybillException(WaybillErrorCode.IncrementalRefused, $"The parent holds the data of another application ('{parent.Application.Name}')")
            {
                Hint = "Make a full backup, or give the parent of this application.",
            };
        }

        if (description.Lineage is { } lineage && lineage.Id != parent.Lineage.Id)
        {
            throw new WaybillException(WaybillErrorCode.IncrementalRefused, "The parent belongs to another lineage") { Hint = "A new lineage begins with a full backup." };
        }

        if (parent.Lineage.Generation >= BundleFormat.MaxChainLength - 1)
        {
            throw new WaybillException(WaybillErrorCode.IncrementalRefused, $"The chain has {BundleFormat.MaxChainLength} bundles, which is the limit") { Hint = "Make a full backup, or merge the chain." };
        }

        return parent.Lineage with { Generation = parent.Lineage.Generation + 1 };
    }

    private static WriterIdentity DefaultWriter() =>
        new("Waybill", typeof(BundleWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0", "default");

    private static byte[] ReadSchema()
    {
        using Stream stream = typeof(BundleWriter).Assembly.GetManifestResourceStream("bundle.proto")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private async Task WriteHeadAsync(CancellationToken cancellationToken)
    {
        RecordEmitter emitter = _core.Emitter;
        var preamble = new byte[Preamble.Size];
        new Preamble(BundleFormat.Minor, _features, Id).Write(preamble);
        await emitter.WriteRawAsync(preamble, cancellationToken).ConfigureAwait(false);
        await emitter.EmitAsync(RecordType.Readme, ReadmeText.Bytes, SealScope.Meta, cancellationToken).ConfigureAwait(false);
        await emitter.EmitAsync(RecordType.FeatureNames, FeatureRegistry.Describe(_features), cancellationToken).ConfigureAwait(false);
        if (emitter.Sealer is { } sealer)
        {
            await WriteEnvelopeAsync(sealer.Keys, cancellationToken).ConfigureAwait(false);
        }

        await emitter.EmitAsync(RecordType.Schema, ReadSchema(), SealScope.Meta, cancellationToken).ConfigureAwait(false);
        byte[] prologue = ManifestCodec.ToPrologue(_head).ToByteArray();
        _prologueDigest = Digest.Of(prologue);
        await emitter.EmitAsync(RecordType.Prologue, prologue, SealScope.Meta, cancellationToken).ConfigureAwait(false);
    }

    private async Task SignAsync(BundleManifest manifest, CancellationToken cancellationToken)
    {
        if (_core.Emitter.Stored is { } stored)
        {
            foreach (SignedStatement statement in (SignedStatement[])[
                await StatementSigning.SignContentAsync(Id, manifest.Digest, _options.Signers, cancellationToken).ConfigureAwait(false),
                await StatementSigning.SignStorageAsync(Id, manifest.Digest, stored, _options.Signers, cancellationToken).ConfigureAwait(false)])
            {
                await _core.Emitter.EmitAsync(RecordType.Signature, SignedStatementCodec.Encode(statement), SealScope.Meta, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task WriteEnvelopeAsync(BundleKeys keys, CancellationToken cancellationToken)
    {
        BundleEncryption encryption = _options.Encryption!;
        IEnumerable<Tag> publicTags = encryption.ShowPublicTags ? _head.Tags.Where(t => t.Sensitivity == TagSensitivity.Public) : [];
        Wire.Envelope envelope = await EnvelopeMaker.MakeAsync(keys, encryption.Recipients, _core.Emitter.TakeHeadDigest(), publicTags, cancellationToken).ConfigureAwait(false);
        _envelope = EnvelopePayload.Write(envelope, keys);
        await _core.Emitter.EmitAsync(RecordType.Envelope, _envelope, SealScope.Meta, cancellationToken).ConfigureAwait(false);
    }

    // Evidence for a stream that is not there makes a manifest that no reader accepts (D-05), and for another one it makes a false claim.
    private int FindNumber(StreamInfo stream)
    {
        lock (_gate)
        {
            return stream.Number >= 0 && stream.Number < _streams.Count && _streams[stream.Number].Info.Id == stream.Id
                ? stream.Number
                : throw new ArgumentException($"The stream '{stream.Name}' was not added to this bundle.", nameof(stream));
        }
    }

    private StreamId NewStreamId(StreamKind kind, string name)
    {
        if (!_options.Reproducible)
        {
            return StreamId.New();
        }

        // Spec 10: derived, so that the same input gives the same bytes.
        byte[] hash = SHA256.HashData([.. "WBL1-stream-id\0"u8, .. _head.Lineage.Id.ToByteArray(), (byte)kind, .. Encoding.UTF8.GetBytes(name)]);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new StreamId(hash.AsSpan(0, StreamId.Size));
    }

    private void RequireState(State expected)
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != expected)
        {
            throw new InvalidOperationException("The bundle is complete or failed to complete; nothing can be added.");
        }
    }
}
