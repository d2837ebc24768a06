using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Salvaging;

/// <summary>Decides what of one stream is known, once everything that is left of the bundle was found.</summary>
internal sealed class StreamAnalysis(StreamFinds finds, SalvagedPayloads payloads, bool zstdAllowed, List<SalvageDamage> damage)
{
    private readonly StreamInfo? _header = finds.Headers.HasValue ? finds.Headers.Value : null;
    private readonly StreamOutcome? _outcome = finds.Outcomes.HasValue ? finds.Outcomes.Value : null;

    public async Task<SalvagedStream> RunAsync(CancellationToken cancellationToken)
    {
        if (finds.Headers.Disagree || finds.Outcomes.Disagree)
        {
            damage.Add(new SalvageDamage(0, 0, $"Several records describe stream {finds.Number} differently; none of them is used"));
        }

        await CheckPostponedAsync(cancellationToken).ConfigureAwait(false);
        SegmentedList<LeafClaim> claims = Merge(Sort(finds.Claims));
        if (_header is { } header && _outcome is { } outcome)
        {
            new StreamProof(finds, header, outcome, claims).Run();
        }

        LeafMap leaves = new(WithoutContradictions(claims));
        return new SalvagedStream(finds.Number, _header, _outcome?.VirtualLength, leaves);
    }

    /// <summary>Checks the masked chunks that came before anything said what a block is.</summary>
    private async ValueTask CheckPostponedAsync(CancellationToken cancellationToken)
    {
        foreach (UncheckedChunk chunk in finds.Unchecked)
        {
            try
            {
                if (_header is not { } header)
                {
                    throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, $"A masked chunk of stream {finds.Number} cannot be read, since nothing tells the stream's block size");
                }

                ReadOnlyMemory<byte> payload = await payloads.ReadAsync(chunk.Position, chunk.PayloadLength, cancellationToken).ConfigureAwait(false);
                ChunkHeader read = Decode(header, chunk, payload.Span);
                finds.AddChunk(read, CellDecoder.Mask(read, payload.Span).ToArray(), chunk.Position, chunk.PayloadLength);
            }
            catch (WaybillException e) when (!e.IsTransient)
            {
                // Damaged, or not readable any more though it was found: a source that gets worse gives less, not an end.
                damage.Add(new SalvageDamage(chunk.Position, chunk.PayloadLength, e.Message));
            }
        }
    }

    private ChunkHeader Decode(StreamInfo header, UncheckedChunk chunk, ReadOnlySpan<byte> payload)
    {
        ChunkHeader result = ChunkHeader.Read(payload, zstdAllowed, chunk.Position);
        using var decoder = new CellDecoder(Math.Max(header.CellSize, result.RawLength));
        decoder.Decode(header, result, payload, decoder.Raw, chunk.Position);
        return result;
    }

    private static SegmentedList<LeafClaim> Sort(SegmentedList<LeafClaim> claims)
    {
        bool sorted = true;
        for (int i = 1; i < claims.Count && sorted; i++)
        {
            sorted = claims[i - 1].Leaf.Offset < claims[i].Leaf.Offset;
        }

        if (sorted)
        {
            return claims;
        }

        var order = new int[claims.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        // By offset; equal leaves beside each other, the first one found first.
        Array.Sort(order, (a, b) =>
        {
            int byOffset = claims[a].Leaf.Offset.CompareTo(claims[b].Leaf.Offset);
            int byContent = byOffset != 0 ? byOffset : claims[a].Leaf.GetHashCode().CompareTo(claims[b].Leaf.GetHashCode());
            return byContent != 0 ? byContent : a.CompareTo(b);
        });
        var result = new SegmentedList<LeafClaim>();
        foreach (int i in order)
        {
            result.Add(claims[i]);
        }

        return result;
    }

    /// <summary>Makes one of equal claims, and leaves out those that cannot be leaves of this stream.</summary>
    private SegmentedList<LeafClaim> Merge(SegmentedList<LeafClaim> sorted)
    {
        StreamInfo? stream = _header is { } h ? h with { VirtualLength = _outcome?.VirtualLength ?? 0 } : null;
        var result = new SegmentedList<LeafClaim>();
        for (int i = 0; i < sorted.Count; i++)
        {
            LeafClaim claim = sorted[i];
            if (FindProblem(stream, claim) is { } problem)
            {
                damage.Add(new SalvageDamage(claim.Position, RecordHeader.Size + claim.PayloadLength, problem));
                continue;
            }

            if (result.Count > 0 && result[result.Count - 1].Leaf == claim.Leaf)
            {
                result[result.Count - 1] = Merge(result[result.Count - 1], claim);
            }
            else
            {
                result.Add(claim);
            }
        }

        return result;
    }

    private static LeafClaim Merge(in LeafClaim first, in LeafClaim second)
    {
        LeafClaim better = first.Source == ClaimSource.LostChunk ? second : first;
        return better with { Tile = first.Tile >= 0 ? first.Tile : second.Tile };
    }

    private string? FindProblem(StreamInfo? stream, in LeafClaim claim)
    {
        if (_outcome is { } outcome && claim.Leaf.End > outcome.VirtualLength)
        {
            return $"A leaf of stream {finds.Number} reaches beyond its end";
        }

        if (stream is null)
        {
            return null;
        }

        try
        {
            LeafRules.Check(stream, lengthKnown: _outcome is not null, previous: null, claim.Leaf.Offset, claim.Leaf, claim.Position);
            return null;
        }
        catch (BundleFormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>Leaves out what contradicts a proven leaf, and of what else overlaps all: nothing tells which of them is right.</summary>
    private SegmentedList<LeafClaim> WithoutContradictions(SegmentedList<LeafClaim> claims)
    {
        var dropped = new bool[claims.Count];
        DropOverlapping(claims, dropped, provenOnly: true);
        DropDisproven(claims, dropped);
        DropOverlapping(claims, dropped, provenOnly: false);
        if (!dropped.Contains(true))
        {
            return claims;
        }

        var result = new SegmentedList<LeafClaim>();
        for (int i = 0; i < claims.Count; i++)
        {
            if (!dropped[i])
            {
                result.Add(claims[i]);
            }
        }

        return result;
    }

    private void DropDisproven(SegmentedList<LeafClaim> claims, bool[] dropped)
    {
        // Proven leaves are disjoint by now, so the last one that begins before a claim and the next one decide.
        int before = -1;
        int next = 0;
        for (int i = 0; i < claims.Count; i++)
        {
            if (dropped[i])
            {
                continue;
            }

            if (claims[i].IsProven)
            {
                before = i;
                continue;
            }

            next = Math.Max(next, i + 1);
            while (next < claims.Count && (dropped[next] || !claims[next].IsProven))
            {
                next++;
            }

            int other = before >= 0 && claims[before].Leaf.End > claims[i].Leaf.Offset ? before
                : next < claims.Count && claims[next].Leaf.Offset < claims[i].Leaf.End ? next
                : -1;
            if (other >= 0)
            {
                Drop(claims, dropped, i, other);
            }
        }
    }

    private void DropOverlapping(SegmentedList<LeafClaim> claims, bool[] dropped, bool provenOnly)
    {
        int widest = -1;
        for (int i = 0; i < claims.Count; i++)
        {
            if (dropped[i] || (provenOnly && !claims[i].IsProven))
            {
                continue;
            }

            if (widest >= 0 && claims[i].Leaf.Offset < claims[widest].Leaf.End)
            {
                Drop(claims, dropped, i, widest);
                Drop(claims, dropped, widest, i);
            }

            if (widest < 0 || claims[i].Leaf.End > claims[widest].Leaf.End)
            {
                widest = i;
            }
        }
    }

    private void Drop(SegmentedList<LeafClaim> claims, bool[] dropped, int index, int other)
    {
        if (!dropped[index])
        {
            dropped[index] = true;
            LeafClaim claim = claims[index];
            damage.Add(new SalvageDamage(
                claim.Position,
                RecordHeader.Size + claim.PayloadLength,
                FormattableString.Invariant($"A leaf of stream {finds.Number} at {claim.Leaf.Offset} contradicts the record at {claims[other].Position}")));
        }
    }
}
