using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Salvaging;

/// <summary>A decoded cell: its bytes, and the ranges of the stream in it that were inherited and could not be filled.</summary>
internal sealed record SalvagedCell(byte[] Bytes, IReadOnlyList<ByteRange> Inherited);

/// <summary>Reads cells of a salvaged stream and fills in what the parent holds. Keeps the last one.</summary>
internal sealed class SalvagedCells(SalvageReport report, SalvagedStream stream, BlockReader? parent) : IDisposable
{
    private CellDecoder? _decoder;
    private long _cachedPosition = -1;
    private SalvagedCell? _cached;

    /// <summary>Reads a cell; <see langword="null"/> if it was lost or cannot be read any more.</summary>
    public async ValueTask<SalvagedCell?> ReadAsync(LeafClaim claim, CancellationToken cancellationToken)
    {
        if (claim.Source != ClaimSource.Chunk)
        {
            return null;
        }

        if (_cachedPosition != claim.Position)
        {
            _cached = await ReadCoreAsync(claim, cancellationToken).ConfigureAwait(false);
            _cachedPosition = claim.Position;
        }

        return _cached;
    }

    /// <summary>Reads a range from the parent, if there is one that holds all of it.</summary>
    public async ValueTask<bool> TryReadParentAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (parent is null || offset > parent.Length - destination.Length)
        {
            return false;
        }

        try
        {
            return await parent.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false) == destination.Length;
        }
        catch (WaybillException e) when (!e.IsTransient)
        {
            // The parent may be damaged too.
            return false;
        }
    }

    /// <summary>Goes on in a list of the parent's runs; says no at its end, and where the parent is damaged.</summary>
    public static async ValueTask<bool> TryMoveNextAsync<T>(IAsyncEnumerator<T> runs)
    {
        try
        {
            return await runs.MoveNextAsync().ConfigureAwait(false);
        }
        catch (WaybillException e) when (!e.IsTransient)
        {
            return false;
        }
    }

    public void Dispose() => _decoder?.Dispose();

    private async ValueTask<SalvagedCell?> ReadCoreAsync(LeafClaim claim, CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> payload = await report.Payloads.ReadAsync(claim.Position, claim.PayloadLength, cancellationToken).ConfigureAwait(false);
            ChunkHeader chunk = ChunkHeader.Read(payload.Span, report.ZstdAllowed, claim.Position);
            if (chunk.StreamNumber != stream.Number || chunk.Leaf != claim.Leaf)
            {
                return null;
            }

            if (_decoder is null || _decoder.Raw.Length < chunk.RawLength)
            {
                _decoder?.Dispose();
                _decoder = new CellDecoder(Math.Max(chunk.RawLength, stream.CellSize ?? 0));
            }

            StreamInfo info = stream.Header ?? ChunkChecker.UnknownStream(stream.Number);
            _decoder.Decode(info, chunk, payload.Span, _decoder.Raw, claim.Position);
            return chunk.Leaf.State == LeafState.Data
                ? new SalvagedCell(_decoder.Raw.AsSpan(0, chunk.RawLength).ToArray(), [])
                : await FillInAsync(info, chunk, payload, _decoder.Raw.AsMemory(0, chunk.RawLength), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or WaybillException { IsTransient: false })
        {
            // It was readable when the bundle was scanned. A source that gets worse gives less, not an end.
            return null;
        }
    }

    private async ValueTask<SalvagedCell> FillInAsync(StreamInfo info, ChunkHeader chunk, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        var bytes = new byte[chunk.Leaf.Length];
        List<ByteRange> inherited = [];
        List<ByteRange> missing = [];
        byte[] mask = CellDecoder.Mask(chunk, payload.Span).ToArray();
        foreach ((int first, int count, BlockState state) in BlockMask.Runs(mask, BlockMask.BlockCount(chunk.Leaf.Length, info.BlockSize)))
        {
            int start = first * info.BlockSize;
            int end = (int)Math.Min((long)(first + count) * info.BlockSize, chunk.Leaf.Length);
            if (state == BlockState.Data)
            {
                raw[..(end - start)].CopyTo(bytes.AsMemory(start));
                raw = raw[(end - start)..];
            }
            else if (state == BlockState.Inherit)
            {
                var range = ByteRange.FromBounds(chunk.Leaf.Offset + start, chunk.Leaf.Offset + end);
                inherited.Add(range);
                if (!await TryReadParentAsync(range.Offset, bytes.AsMemory(start, end - start), cancellationToken).ConfigureAwait(false))
                {
                    missing.Add(range);
                }
            }
        }

        // M-22: the parent's content is right only if the whole cell is.
        Digest expected = CellDecoder.CellDigest(chunk, payload.Span);
        bool wrong = missing.Count == 0 && !expected.IsDefault && CellDecoder.HashCell(bytes) != expected;
        return new SalvagedCell(bytes, wrong ? inherited : missing);
    }
}
