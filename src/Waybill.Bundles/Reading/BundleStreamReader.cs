using System.IO.Pipelines;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>Reads a bundle front to back from anything that only goes forward. For one caller at a time.</summary>
/// <remarks>What is handed out is verified piece by piece. That the bundle is complete is known only when <see cref="ReadAsync"/> returns its end.</remarks>
public sealed class BundleStreamReader : IAsyncDisposable
{
    private readonly Stream _input;
    private readonly bool _leaveOpen;
    private readonly BundleScanner _scanner;
    private readonly TrustPolicy _policy;
    private readonly BundleReaderOptions _options;
    private readonly Queue<BundleItem> _pending = new();
    private CellDecoder? _decoder;
    private int _decoderCellSize;
    private RawRecord? _borrowed;

    /// <summary>Makes a reader of a stream.</summary>
    /// <param name="input">The bundle.</param>
    /// <param name="policy">What is demanded of the signature of the content, and whom to trust. Required: whoever accepts unsigned bundles writes so.</param>
    /// <param name="options">Limits and keys; the defaults if <see langword="null"/>.</param>
    /// <param name="leaveOpen">Whether <paramref name="input"/> stays open when the reader is disposed.</param>
    public BundleStreamReader(Stream input, TrustPolicy policy, BundleReaderOptions? options = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new BundleReaderOptions();
        options.Validate();
        _input = input;
        _leaveOpen = leaveOpen;
        _policy = policy;
        _options = options;
        _scanner = new BundleScanner(input, options, tracksStored: policy.Statements.HasFlag(StatementKinds.Storage));
    }

    /// <summary>Makes a reader of a pipe, which it completes when it is disposed.</summary>
    /// <param name="input">The bundle.</param>
    /// <param name="policy">What is demanded of the signature of the content, and whom to trust. Required: whoever accepts unsigned bundles writes so.</param>
    /// <param name="options">Limits and keys; the defaults if <see langword="null"/>.</param>
    public BundleStreamReader(PipeReader input, TrustPolicy policy, BundleReaderOptions? options = null)
        : this(AsStream(input), policy, options)
    {
    }

    /// <summary>Gets what the bundle said of itself at its beginning: everything but streams and consistency. Known after the first read.</summary>
    public BundleManifest? Prologue => _scanner.Prologue;

    /// <summary>Gets what the signatures amount to; known when the end was reached.</summary>
    public SignatureReport? Signatures { get; private set; }

    /// <summary>Reads on.</summary>
    /// <param name="cancellationToken">Ends the call early; the reader can then only be disposed.</param>
    /// <returns>The next item; <see langword="null"/> only after the trailer proved that the bundle is complete and the policy is satisfied.</returns>
    /// <exception cref="BundleFormatException">The code for what is wrong; <see cref="WaybillErrorCode.Incomplete"/> if the input ends early.</exception>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: the input gave an error.</exception>
    public async ValueTask<BundleItem?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (!_pending.TryPeek(out _))
        {
            ReturnBorrowed();
            if (await _scanner.NextAsync(cancellationToken).ConfigureAwait(false) is not { } step)
            {
                Signatures ??= SignatureEvaluation.Evaluate(_policy, _scanner.Facts!, [.. _scanner.Statements, .. _options.DetachedStatements]);
                return Signatures.Problem is { } problem ? throw problem : null;
            }

            Enqueue(step);
        }

        return _pending.Dequeue();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _decoder?.Dispose();
        _decoder = null;
        _scanner.Dispose();
        return _leaveOpen ? ValueTask.CompletedTask : _input.DisposeAsync();
    }

    private static Stream AsStream(PipeReader input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.AsStream();
    }

    private void Enqueue(ScanStep step)
    {
        switch (step.Kind)
        {
            case ScanKind.StreamBegun:
                _pending.Enqueue(new BundleItem.StreamStarted(step.Stream!.Info));
                break;
            case ScanKind.Chunk:
                EnqueueChunk(step);
                break;
            case ScanKind.Runs:
                foreach (Leaf run in step.Runs!)
                {
                    ContentState state = run.State == LeafState.Zero ? ContentState.Zero : ContentState.Inherited;
                    _pending.Enqueue(new BundleItem.Content(step.Stream!.Info, new ByteRange(run.Offset, run.Length), state, default));
                }

                break;
            case ScanKind.StreamEnded:
                _pending.Enqueue(new BundleItem.StreamEnded(step.Stream!.Info));
                break;
            case ScanKind.Manifest:
                _pending.Enqueue(new BundleItem.ManifestReached(_scanner.Manifest!));
                break;
        }
    }

    private void EnqueueChunk(ScanStep step)
    {
        StreamInfo stream = step.Stream!.Info;
        step.Record.CheckPayload();
        _borrowed = step.Record;
        if (_decoder is null || _decoderCellSize < stream.CellSize)
        {
            _decoder?.Dispose();
            _decoder = new CellDecoder(stream.CellSize);
            _decoderCellSize = stream.CellSize;
        }

        Leaf leaf = step.Chunk.Leaf;
        Memory<byte> raw = _decoder.Raw.AsMemory(0, step.Chunk.RawLength);
        _decoder.Decode(stream, step.Chunk, step.Record.Payload, raw.Span, step.Record.Header.Offset);
        if (leaf.State == LeafState.Data)
        {
            _pending.Enqueue(new BundleItem.Content(stream, new ByteRange(leaf.Offset, leaf.Length), ContentState.Data, raw));
            return;
        }

        byte[] mask = CellDecoder.Mask(step.Chunk, step.Record.Payload).ToArray();
        foreach ((int first, int count, BlockState state) in BlockMask.Runs(mask, BlockMask.BlockCount(leaf.Length, stream.BlockSize)))
        {
            (long start, long end) = BlockMask.Place(leaf, first, count, stream.BlockSize);
            ByteRange range = ByteRange.FromBounds(start, end);
            ReadOnlyMemory<byte> data = default;
            if (state == BlockState.Data)
            {
                data = raw[..(int)range.Length];
                raw = raw[(int)range.Length..];
            }
            else if (state == BlockState.Inherit)
            {
                LeafRules.CheckInherited(stream, lengthKnown: false, range.End, step.Record.Header.Offset);
            }

            ContentState content = state switch { BlockState.Data => ContentState.Data, BlockState.Zero => ContentState.Zero, _ => ContentState.Inherited };
            _pending.Enqueue(new BundleItem.Content(stream, range, content, data));
        }
    }

    private void ReturnBorrowed()
    {
        if (_borrowed is { } record)
        {
            _borrowed = null;
            _scanner.Return(record);
        }
    }
}
