using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Verifying;

/// <summary>Receives what a front-to-back reader finds. Cells come from several workers at once, in no order; all else in order.</summary>
internal abstract class ScanSink
{
    /// <summary>Whether the cells of a stream must come in order, one after the other.</summary>
    public virtual bool NeedsOrder(ScannedStream stream) => false;

    public virtual void StreamBegun(ScannedStream stream)
    {
    }

    /// <summary>Takes the checked content of a chunk; <paramref name="raw"/> is borrowed until the call returns.</summary>
    public virtual ValueTask CellAsync(ScannedStream stream, ChunkHeader chunk, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    public virtual ValueTask RunsAsync(ScannedStream stream, Leaf[] runs, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public virtual void Manifest(BundleManifest manifest)
    {
    }
}

/// <summary>Scans a bundle front to back and decodes its chunks on several workers.</summary>
internal sealed class ParallelScan(BundleScanner scanner, ScanSink sink, int workers)
{
    private long _cells;
    private long _contentBytes;
    private Exception? _failure;

    public long Cells => Interlocked.Read(ref _cells);

    public long ContentBytes => Interlocked.Read(ref _contentBytes);

    /// <summary>Runs to the end. The first failure of scanner, decoder or sink ends it.</summary>
    public async Task RunAsync(IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<ScanStep> queue = Channel.CreateBounded<ScanStep>(workers + 2);
        Task[] running = [.. Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(queue.Reader, stop), CancellationToken.None))];
        using var ordered = new CellDecoder(BundleFormat.MaxCellSize);
        try
        {
            while (await scanner.NextAsync(stop.Token).ConfigureAwait(false) is { } step)
            {
                await HandleAsync(step, queue.Writer, ordered, stop.Token).ConfigureAwait(false);
                progress?.Report(new BundleProgress(step.Stream?.Info.Name ?? "", scanner.Offset, null, scanner.Offset));
            }
        }
#pragma warning disable CA1031 // Kept, and thrown below once the workers are done.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // A worker that failed has stopped the scan; its reason counts, not the cancellation it caused.
            Interlocked.CompareExchange(ref _failure, e, null);
            await stop.CancelAsync().ConfigureAwait(false);
        }
        finally
        {
            queue.Writer.Complete();
            await Task.WhenAll(running).ConfigureAwait(false);
        }

        if (_failure is { } failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private async ValueTask HandleAsync(ScanStep step, ChannelWriter<ScanStep> queue, CellDecoder ordered, CancellationToken cancellationToken)
    {
        switch (step.Kind)
        {
            case ScanKind.StreamBegun:
                sink.StreamBegun(step.Stream!);
                break;
            case ScanKind.Chunk when sink.NeedsOrder(step.Stream!):
                await DecodeAsync(step, ordered, cancellationToken).ConfigureAwait(false);
                break;
            case ScanKind.Chunk:
                await queue.WriteAsync(step, cancellationToken).ConfigureAwait(false);
                break;
            case ScanKind.Runs:
                await sink.RunsAsync(step.Stream!, step.Runs!, cancellationToken).ConfigureAwait(false);
                break;
            case ScanKind.Manifest:
                sink.Manifest(scanner.Manifest!);
                break;
        }
    }

    private async Task WorkAsync(ChannelReader<ScanStep> queue, CancellationTokenSource stop)
    {
        CellDecoder? decoder = null;
        int decoderCellSize = 0;
        try
        {
            await foreach (ScanStep step in queue.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                if (stop.IsCancellationRequested)
                {
                    continue;
                }

                int cellSize = step.Stream!.Info.CellSize;
                if (decoder is null || decoderCellSize < cellSize)
                {
                    decoder?.Dispose();
                    decoder = new CellDecoder(cellSize);
                    decoderCellSize = cellSize;
                }

                await DecodeAsync(step, decoder, stop.Token).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Kept, and thrown by RunAsync.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            await stop.CancelAsync().ConfigureAwait(false);
            await foreach (ScanStep _ in queue.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                // The queue is emptied so that whoever fills it is never left waiting.
            }
        }
        finally
        {
            decoder?.Dispose();
        }
    }

    private async ValueTask DecodeAsync(ScanStep step, CellDecoder decoder, CancellationToken cancellationToken)
    {
        step.Record.CheckPayload();
        Memory<byte> raw = decoder.Raw.AsMemory(0, step.Chunk.RawLength);
        decoder.Decode(step.Stream!.Info, step.Chunk, step.Record.Payload, raw.Span, step.Record.Header.Offset);
        await sink.CellAsync(step.Stream, step.Chunk, step.Record.PayloadMemory, raw, cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _cells);
        Interlocked.Add(ref _contentBytes, step.Chunk.RawLength);
        scanner.Return(step.Record);
    }
}
