using Waybill.Bundles.Format;

namespace Waybill.Bundles.Writing;

/// <summary>Emits the result of one cell, or of a run of cells that needs no work.</summary>
internal abstract class CellJob(WriterCore core, StreamBuilder stream, IProgress<BundleProgress>? progress, long? total) : PipelineJob
{
    private CellResult? _result;

    protected WriterCore Core => core;

    protected StreamInfo Stream => stream.Info;

    protected void SetResult(CellResult result) => _result = result;

    public override async ValueTask EmitAsync(CancellationToken cancellationToken)
    {
        await stream.AppendAsync(_result!, core.Emitter, cancellationToken).ConfigureAwait(false);
        Release();
        await core.CheckpointAsync(cancellationToken).ConfigureAwait(false);
        progress?.Report(new BundleProgress(Stream.Name, stream.Position, total, core.Emitter.Offset));
    }

    public override void Abandon(Exception cause) => Release();

    private void Release()
    {
        if (_result?.Buffer is { } buffer)
        {
            core.ChunkBuffers.Return(buffer);
        }

        _result = null;
    }
}

/// <summary>A run of ZERO or INHERIT that is known without reading.</summary>
internal sealed class RunJob : CellJob
{
    public RunJob(WriterCore core, StreamBuilder stream, IProgress<BundleProgress>? progress, long? total, LeafState state, ByteRange range)
        : base(core, stream, progress, total)
    {
        SetResult(CellResult.Run(state, range.Offset, range.Length));
    }
}

/// <summary>A whole cell, read by the worker from a source.</summary>
internal sealed class SourceCellJob(
    WriterCore core, StreamBuilder stream, IProgress<BundleProgress>? progress, long total, BlockReader source, ByteRange cell)
    : CellJob(core, stream, progress, total)
{
    public override bool NeedsWorker => true;

    protected override async ValueTask ProcessAsync(CellWorker worker, CancellationToken cancellationToken)
    {
        Memory<byte> raw = worker.Cell.AsMemory(0, (int)cell.Length);
        await SourceReading.ReadExactlyAsync(source, cell.Offset, raw, Stream.Name, cancellationToken).ConfigureAwait(false);
        SetResult(WholeCell.Encode(worker, Stream, cell.Offset, raw.Span));
    }
}

/// <summary>A whole cell whose bytes were handed over.</summary>
internal sealed class BufferedCellJob(WriterCore core, StreamBuilder stream, IProgress<BundleProgress>? progress, byte[] buffer, ByteRange cell)
    : CellJob(core, stream, progress, null)
{
    private byte[]? _buffer = buffer;

    public override bool NeedsWorker => true;

    public override void Abandon(Exception cause)
    {
        ReturnCell();
        base.Abandon(cause);
    }

    protected override ValueTask ProcessAsync(CellWorker worker, CancellationToken cancellationToken)
    {
        SetResult(WholeCell.Encode(worker, Stream, cell.Offset, _buffer.AsSpan(0, (int)cell.Length)));
        ReturnCell();
        return ValueTask.CompletedTask;
    }

    private void ReturnCell()
    {
        if (_buffer is { } used)
        {
            Core.CellBuffers.Return(used);
            _buffer = null;
        }
    }
}
