using Waybill.Bundles.Format;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <summary>A stream of a bundle that receives its bytes in order. For one caller at a time.</summary>
/// <remarks>Disposing without <see cref="CompleteAsync"/> leaves the stream open, and its bundle can then not be completed.</remarks>
public sealed class BundleStreamWriter : IAsyncDisposable
{
    private readonly StreamBuilder _stream;
    private readonly WriterCore _core;
    private readonly CellPipeline _pipeline;
    private readonly Func<StreamBuilder, StreamInfo, CancellationToken, Task<StreamInfo>> _end;
    private byte[]? _cell;
    private int _filled;
    private long _cellStart;
    private bool _ended;

    internal BundleStreamWriter(
        StreamBuilder stream, WriterCore core, CellPipeline pipeline, Func<StreamBuilder, StreamInfo, CancellationToken, Task<StreamInfo>> end)
    {
        _stream = stream;
        _core = core;
        _pipeline = pipeline;
        _end = end;
    }

    /// <summary>Gets how many bytes were handed over.</summary>
    public long Position => _cellStart + _filled;

    internal long EntryCount { get; set; }

    internal long GapCount { get; set; }

    internal VolumeFacts? Volume { get; set; }

    /// <summary>Appends bytes.</summary>
    /// <param name="bytes">The bytes; borrowed until the returned task completes.</param>
    /// <param name="cancellationToken">Ends the call early; the bundle can then not be completed.</param>
    /// <returns>A task that completes when the bytes were taken over.</returns>
    /// <exception cref="WaybillException">What an earlier step or the output failed with.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        RequireOpen();
        RequireRoom(bytes.Length);
        int cellSize = _stream.Info.CellSize;
        while (!bytes.IsEmpty)
        {
            _cell ??= _core.CellBuffers.Rent();
            int take = Math.Min(bytes.Length, cellSize - _filled);
            bytes[..take].CopyTo(_cell.AsMemory(_filled));
            _filled += take;
            bytes = bytes[take..];
            if (_filled == cellSize)
            {
                await FlushCellAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Appends zeros, without cost where they fill whole cells.</summary>
    /// <param name="length">How many, 0 or more.</param>
    /// <param name="cancellationToken">Ends the call early; the bundle can then not be completed.</param>
    /// <returns>A task that completes when the zeros were taken over.</returns>
    /// <exception cref="WaybillException">What an earlier step or the output failed with.</exception>
    public async ValueTask WriteZeroesAsync(long length, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        RequireOpen();
        RequireRoom(length);
        int cellSize = _stream.Info.CellSize;
        while (length > 0)
        {
            if (_filled == 0 && length >= cellSize)
            {
                long whole = length / cellSize * cellSize;
                var run = new RunJob(_core, _stream, null, null, LeafState.Zero, new ByteRange(_cellStart, whole));
                await SubmitAsync(run, cancellationToken).ConfigureAwait(false);
                _cellStart += whole;
                length -= whole;
                continue;
            }

            _cell ??= _core.CellBuffers.Rent();
            int take = (int)Math.Min(length, cellSize - _filled);
            _cell.AsSpan(_filled, take).Clear();
            _filled += take;
            length -= take;
            if (_filled == cellSize)
            {
                await FlushCellAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends the stream.</summary>
    /// <param name="cancellationToken">Ends the call early; the bundle can then not be completed.</param>
    /// <returns>What the manifest will say of the stream.</returns>
    /// <exception cref="WaybillException">What an earlier step or the output failed with.</exception>
    public async Task<StreamInfo> CompleteAsync(CancellationToken cancellationToken = default)
    {
        RequireOpen();
        if (_filled > 0)
        {
            await FlushCellAsync(cancellationToken).ConfigureAwait(false);
        }

        _ended = true;
        StreamInfo facts = _stream.Info with { EntryCount = EntryCount, GapCount = GapCount, Change = new ChangeReport(ChangeKind.FullRead), Volume = Volume };
        return await _end(_stream, facts, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _ended = true;
        if (_cell is { } cell)
        {
            _cell = null;
            _core.CellBuffers.Return(cell);
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask FlushCellAsync(CancellationToken cancellationToken)
    {
        var job = new BufferedCellJob(_core, _stream, null, _cell!, new ByteRange(_cellStart, _filled));
        await SubmitAsync(job, cancellationToken).ConfigureAwait(false);
        _cell = null;
        _cellStart += _filled;
        _filled = 0;
    }

    private async ValueTask SubmitAsync(PipelineJob job, CancellationToken cancellationToken)
    {
        // A call that fails or is cancelled half way leaves a stream of which nobody can say what is in it; such a stream has no end.
        _ended = true;
        await _pipeline.SubmitAsync(job, cancellationToken).ConfigureAwait(false);
        _ended = false;
    }

    private void RequireRoom(long length)
    {
        if (length > long.MaxValue - Position)
        {
            throw new WaybillException(WaybillErrorCode.LimitExceeded, "A stream has at most 2^63 - 1 bytes") { ObjectName = _stream.Info.Name };
        }
    }

    private void RequireOpen()
    {
        if (_ended)
        {
            throw new InvalidOperationException("The stream is complete or disposed, or an earlier call on it failed; nothing can be added.");
        }
    }
}
