namespace Waybill.Bundles.Tests.Support;

/// <summary>A point of a history: what the volume held, and the bundle made of it.</summary>
internal sealed record RecordedPoint(byte[] Volume, byte[] Bundle, IReadOnlyList<ByteRange>? Changed);

/// <summary>A history that was played: the model, which is nothing but arrays of bytes, and the bundles.</summary>
internal sealed class RecordedHistory
{
    private readonly History _history;
    private readonly List<RecordedPoint> _points = [];

    private RecordedHistory(History history) => _history = history;

    /// <summary>Gets the points, oldest first.</summary>
    public IReadOnlyList<RecordedPoint> Points => _points;

    public static async Task<RecordedHistory> PlayAsync(History history)
    {
        var recorded = new RecordedHistory(history);
        var volume = new byte[history.Length];
        for (int i = 0; i < history.Steps.Count; i++)
        {
            BackupStep step = history.Steps[i];
            volume = (byte[])volume.Clone();
            Array.Resize(ref volume, step.NewLength ?? volume.Length);
            foreach ((int number, VolumeEdit edit) in step.Edits.Index())
            {
                edit.Apply(volume, (100 * i) + number);
            }

            await recorded.BackUpAsync(step, volume);
        }

        return recorded;
    }

    /// <summary>Gets the bundles up to a point, newest first, as a chain is opened.</summary>
    public byte[][] ChainTo(int point) => [.. _points.Take(point + 1).Reverse().Select(p => p.Bundle)];

    /// <summary>Gets the bundles from one point back to an earlier one, newest first.</summary>
    public byte[][] Part(int newest, int oldest) => [.. _points.Skip(oldest).Take(newest - oldest + 1).Reverse().Select(p => p.Bundle)];

    public BundleWriterOptions Options(BundleCodec codec = BundleCodec.Lz4, int workers = 1) =>
        new() { BlockSize = _history.BlockSize, CellSize = _history.CellSize, Codec = codec, Workers = workers };

    /// <summary>The root of a full backup of what the volume held at a point.</summary>
    public async Task<Digest> FullRootAsync(int point)
    {
        byte[] full = await Lab.FullAsync(_points[point].Volume, Options());
        await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(full), TrustPolicy.AcceptUnsigned);
        return reader.Manifest.Streams[0].Root;
    }

    private async Task BackUpAsync(BackupStep step, byte[] volume)
    {
        IReadOnlyList<ByteRange>? changed = _points.Count == 0 ? null : ListChanges(step, volume.Length);
        var request = new VolumeRequest(Lab.Volume, new MemoryBlockReader(volume, step.TellsHoles ? 4096 : 0))
        {
            ChangedRanges = changed,
            ForceFull = step.List == ListKind.StoreAll,
        };
        await using BundleChain? parent = _points.Count == 0 ? null : await Lab.OpenChainAsync(ChainTo(_points.Count - 1));
        byte[] bundle = await Lab.WriteAsync(w => w.AddVolumeAsync(request), Options(step.Codec, step.Workers), parent);
        _points.Add(new RecordedPoint(volume, bundle, changed));
    }

    private static List<ByteRange>? ListChanges(BackupStep step, int length)
    {
        if (step.List is not (ListKind.Exact or ListKind.Coarse))
        {
            return null;
        }

        // A coarse list rounds to what a platform counts in, and names something that nobody touched.
        IEnumerable<ByteRange> ranges = step.Edits.Select(e => e.ClippedTo(length));
        if (step.List == ListKind.Coarse)
        {
            ranges = ranges
                .Where(r => !r.IsEmpty)
                .Select(r => ByteRange.FromBounds(r.Offset / 16_384 * 16_384, Math.Min(length, (r.End + 16_383) / 16_384 * 16_384)))
                .Append(new ByteRange(length / 3, length / 7));
        }

        List<ByteRange> disjoint = [];
        foreach (ByteRange range in ranges.Where(r => !r.IsEmpty).Order())
        {
            if (disjoint.Count > 0 && range.Offset < disjoint[^1].End)
            {
                disjoint[^1] = ByteRange.FromBounds(disjoint[^1].Offset, Math.Max(disjoint[^1].End, range.End));
            }
            else
            {
                disjoint.Add(range);
            }
        }

        return disjoint;
    }
}
