using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Salvaging;

/// <summary>A record on its way from the finder to the handler. For a chunk the checker adds what came out.</summary>
internal sealed class BatchItem(FoundRecord record)
{
    public FoundRecord Record => record;

    /// <summary>Gets or sets the chunk's header, if it could be read.</summary>
    public ChunkHeader? Chunk { get; set; }

    /// <summary>Gets or sets the mask of a masked chunk.</summary>
    public byte[]? Mask { get; set; }

    /// <summary>Gets or sets whether the content could not be checked because the start of the stream is not known.</summary>
    public bool IsUnchecked { get; set; }

    /// <summary>Gets or sets why the chunk is of no use.</summary>
    public string? Problem { get; set; }
}

/// <summary>Decodes chunks and compares them with their own digests, several at a time.</summary>
internal sealed class ChunkChecker(int workers) : IDisposable
{
    private readonly ConcurrentBag<CellDecoder> _decoders = [];

    /// <summary>Gets what stands in for the start of a stream when only its number is known; enough for everything but masks.</summary>
    public static StreamInfo UnknownStream(int number) => new()
    {
        Number = number,
        Id = default,
        Kind = StreamKind.Bytes,
        Name = FormattableString.Invariant($"#{number}"),
        BlockSize = BundleFormat.MinBlockSize,
        CellSize = BundleFormat.MaxCellSize,
        VirtualLength = 0,
        LeafCount = 0,
        Root = default,
    };

    public async Task CheckAsync(IReadOnlyList<BatchItem> batch, RecordHandler known, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(batch.Where(i => i.Record.Header.Type == RecordType.Chunk), parallel, (item, _) =>
        {
            CellDecoder? decoder = _decoders.TryTake(out CellDecoder? free) ? free : null;
            Check(item, known, ref decoder);
            if (decoder is not null)
            {
                _decoders.Add(decoder);
            }

            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
    }

    public void Dispose()
    {
        while (_decoders.TryTake(out CellDecoder? decoder))
        {
            decoder.Dispose();
        }
    }

    private static void Check(BatchItem item, RecordHandler known, ref CellDecoder? decoder)
    {
        FoundRecord record = item.Record;
        try
        {
            ChunkHeader chunk = ChunkHeader.Read(record.Payload, known.ZstdAllowed, record.Position);
            StreamInfo? stream = known.FindHeader(chunk.StreamNumber);
            if (stream is null && chunk.Leaf.State == LeafState.Masked)
            {
                item.IsUnchecked = true;
            }
            else
            {
                EnsureRoom(ref decoder, Math.Max(chunk.RawLength, stream?.CellSize ?? 0));
                decoder.Decode(stream ?? UnknownStream(chunk.StreamNumber), chunk, record.Payload, decoder.Raw, record.Position);
                item.Mask = chunk.Leaf.State == LeafState.Masked ? CellDecoder.Mask(chunk, record.Payload).ToArray() : null;
            }

            item.Chunk = chunk;
        }
        catch (BundleFormatException e)
        {
            item.Problem = e.Message;
        }
    }

    private static void EnsureRoom([NotNull] ref CellDecoder? decoder, int cellSize)
    {
        if (decoder is null || decoder.Raw.Length < cellSize)
        {
            decoder?.Dispose();
            decoder = new CellDecoder(cellSize);
        }
    }
}
