using Waybill.Bundles.Entries;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Verifying;

/// <summary>Checks what only the content shows: entries, and what masked cells inherit. Remembers in which streams a parent can prove cells.</summary>
internal sealed class VerifySink : ScanSink
{
    private readonly Dictionary<int, EntryStreamCheck> _entries = [];
    private readonly HashSet<int> _ordinals = [];
    private readonly HashSet<int> _provableStreams = [];
    private readonly Lock _gate = new();

    /// <summary>Gets the numbers of the streams in which masked cells carry the digest of the whole cell. The cells themselves may be billions; the index lists them.</summary>
    public IReadOnlySet<int> ProvableStreams => _provableStreams;

    public override bool NeedsOrder(ScannedStream stream) => _entries.ContainsKey(stream.Info.Number);

    public override void StreamBegun(ScannedStream stream)
    {
        StreamInfo info = stream.Info;
        if (stream.Closed is not null)
        {
            // Nothing of it will come.
            return;
        }

        EntryStreamCheck? check = info.Kind switch
        {
            StreamKind.Resources or StreamKind.Secrets => new ResourceStreamCheck(info, _ordinals, needsBlinding: stream.IsEncrypted && info.Kind == StreamKind.Secrets),
            StreamKind.FileMeta => new FileStreamCheck(info),
            _ => null,
        };
        if (check is not null)
        {
            _entries.Add(info.Number, check);
        }
    }

    public override ValueTask CellAsync(ScannedStream stream, ChunkHeader chunk, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(stream.Info.Number, out EntryStreamCheck? check))
        {
            check.Append(raw.Span);
        }

        if (chunk.Leaf.State == LeafState.Masked)
        {
            CheckInheritedBlocks(stream.Info, chunk, payload.Span);
        }

        return ValueTask.CompletedTask;
    }

    public override ValueTask RunsAsync(ScannedStream stream, Leaf[] runs, CancellationToken cancellationToken)
    {
        // No entry begins with zeros, so a stream of entries has no zero cells; the assembler says where it breaks.
        if (_entries.TryGetValue(stream.Info.Number, out EntryStreamCheck? check))
        {
            foreach (Leaf run in runs)
            {
                for (long left = run.Length; left > 0; left -= BundleFormat.MinCellSize)
                {
                    check.Append(new byte[(int)Math.Min(left, BundleFormat.MinCellSize)]);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public override void Manifest(BundleManifest manifest)
    {
        foreach ((int number, EntryStreamCheck check) in _entries)
        {
            check.Complete(manifest, manifest.Streams[number]);
        }
    }

    private void CheckInheritedBlocks(StreamInfo stream, ChunkHeader chunk, ReadOnlySpan<byte> payload)
    {
        byte[] mask = CellDecoder.Mask(chunk, payload).ToArray();
        int blocks = BlockMask.BlockCount(chunk.Leaf.Length, stream.BlockSize);
        foreach ((int first, int count, BlockState state) in BlockMask.Runs(mask, blocks))
        {
            if (state == BlockState.Inherit)
            {
                (_, long end) = BlockMask.Place(chunk.Leaf, first, count, stream.BlockSize);
                LeafRules.CheckInherited(stream, lengthKnown: false, end, chunk.Leaf.Offset);
            }
        }

        if (chunk.HasCellDigest)
        {
            lock (_gate)
            {
                _provableStreams.Add(stream.Number);
            }
        }
    }
}
