using Waybill.Bundles.Format;

namespace Waybill.Bundles.Writing;

/// <summary>What all jobs of one writer share: the output, buffers, and checkpoints.</summary>
internal sealed class WriterCore(BundleWriterOptions options, RecordEmitter emitter, int maxCellSize)
{
    private readonly Dictionary<int, StreamBuilder> _openStreams = [];
    private long _lastCheckpointEnd;

    public BundleWriterOptions Options => options;

    public RecordEmitter Emitter => emitter;

    /// <summary>Gets the largest cell of any stream, which the buffers are made for.</summary>
    public int MaxCellSize => maxCellSize;

    public BufferPool ChunkBuffers { get; } = new(CellEncoder.ChunkBufferSize(options.Codec, maxCellSize));

    public BufferPool CellBuffers { get; } = new(maxCellSize);

    public long CheckpointOffset { get; private set; }

    public CellWorker CreateWorker() =>
        new(new CellEncoder(options.Codec, options.ZstdLevel, options.VerifyAfterEncode, maxCellSize, ChunkBuffers, payloadStart: emitter.PayloadStart), maxCellSize);

    public void StreamOpened(StreamBuilder stream) => _openStreams.Add(stream.Info.Number, stream);

    public void StreamEnded(StreamBuilder stream) => _openStreams.Remove(stream.Info.Number);

    /// <summary>Writes a checkpoint if enough was stored since the last one. Depends on sizes only, never on time.</summary>
    public async ValueTask CheckpointAsync(CancellationToken cancellationToken)
    {
        if (emitter.Offset - _lastCheckpointEnd < options.CheckpointInterval)
        {
            return;
        }

        var wire = new Wire.Checkpoint { PreviousOffset = (ulong)CheckpointOffset };
        wire.Streams.Add(_openStreams.Values.OrderBy(s => s.Info.Number).Select(s => s.ToCheckpoint()));
        CheckpointOffset = (await emitter.EmitAsync(RecordType.Checkpoint, wire, cancellationToken).ConfigureAwait(false)).Offset;
        _lastCheckpointEnd = emitter.Offset;
    }
}
