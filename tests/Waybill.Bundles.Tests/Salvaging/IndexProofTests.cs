using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>What the stream root still proves when parts of the index are lost: streams of many tiles.</summary>
public sealed class IndexProofTests
{
    [Fact]
    public async Task TileLost_ItsLeavesAreProvenByThemselves()
    {
        SalvageSample sample = await SalvageLab.LargeAsync();
        foreach (MappedRecord tile in Records(sample, RecordType.Tile))
        {
            SalvagedStream stream = await ScanAsync(sample, tile);
            Assert.True(stream.IsVerified);
        }

        // Without any tile, and without what is above them.
        SalvagedStream bare = await ScanAsync(sample, [.. Records(sample, RecordType.Tile), .. Records(sample, RecordType.IndexNode)]);
        Assert.True(bare.IsVerified);
    }

    [Fact]
    public async Task TileAndOneOfItsChunksLost_TheOtherTilesAreProvenThroughTheNode()
    {
        SalvageSample sample = await SalvageLab.LargeAsync();
        MappedRecord tile = Records(sample, RecordType.Tile)[1];
        MappedRecord chunk = Records(sample, RecordType.Chunk).Last(r => r.Start < tile.Start);
        (long tileStart, long tileEnd) = Bounds(tile);
        ByteRange lost = Cell(chunk);

        SalvagedStream stream = await ScanAsync(sample, tile, chunk);

        Assert.Equal(lost.Length, stream.UnknownBytes);
        Assert.Equal(tileEnd - tileStart - lost.Length, stream.PresentBytes);
        Assert.Equal(new SalvageRange(lost, SalvageState.Unknown), Assert.Single(stream.GetRanges(), r => r.State == SalvageState.Unknown));
        Assert.All(stream.GetRanges().Where(r => r.State == SalvageState.Present), r => Assert.True(r.Range.Offset >= tileStart && r.Range.End <= tileEnd));
    }

    [Fact]
    public async Task TileChunkAndNodeLost_NothingIsProven()
    {
        SalvageSample sample = await SalvageLab.LargeAsync();
        MappedRecord tile = Records(sample, RecordType.Tile)[1];
        MappedRecord chunk = Records(sample, RecordType.Chunk).Last(r => r.Start < tile.Start);

        SalvagedStream stream = await ScanAsync(sample, [tile, chunk, .. Records(sample, RecordType.IndexNode)]);

        Assert.Equal(0, stream.VerifiedBytes);
        Assert.Equal(Cell(chunk).Length, stream.UnknownBytes);
        Assert.Equal(sample.Content[0].Length - stream.UnknownBytes, stream.PresentBytes);
    }

    [Fact]
    public async Task ChunksLost_TheTilesSayWhereTheyWere()
    {
        SalvageSample sample = await SalvageLab.LargeAsync();
        MappedRecord[] lost = [.. Records(sample, RecordType.Chunk).Where((_, i) => i % 50 == 3)];

        SalvagedStream stream = await ScanAsync(sample, lost);

        Assert.Equal(lost.Select(Cell), stream.GetRanges().Where(r => r.State == SalvageState.Unknown).Select(r => r.Range));
        Assert.Equal(0, stream.PresentBytes);
        Assert.Equal(sample.Content[0].Length, stream.VirtualLength);
    }

    [Fact]
    public async Task RootsLost_NothingIsProven()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(300);

        SalvagedStream stream = await ScanAsync(sample, [.. Records(sample, RecordType.StreamEnd), .. Records(sample, RecordType.Manifest)]);

        Assert.Equal(0, stream.VerifiedBytes);
        Assert.Null(stream.VirtualLength);
        Assert.Equal(sample.Content[0].Length, stream.PresentBytes);
    }

    [Fact]
    public async Task IndexOfTwoLevels_EachLossCostsOnlyWhatNothingElseProves()
    {
        (byte[] bundle, int length) = await ManyRunsAsync();
        MappedRecord[] tiles = [.. BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Tile)];
        MappedRecord[] runs = [.. BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Runs)];
        Dictionary<int, MappedRecord[]> nodes = BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.IndexNode)
            .GroupBy(r => IndexNode.Read(r.Payload, 0).Level).ToDictionary(g => g.Key, g => g.ToArray());
        Assert.Equal((2, 1), (nodes[1].Length, nodes[2].Length));
        var sample = new SalvageSample(bundle, new Dictionary<int, byte[]>());

        // Without any index: from the runs alone.
        SalvagedStream stream = await ScanAsync(sample, [.. tiles, .. nodes[1], .. nodes[2]]);
        Assert.Equal((0L, 0L), (stream.PresentBytes, stream.UnknownBytes));

        // Without the runs: from the tiles alone.
        stream = await ScanAsync(sample, runs);
        Assert.Equal((0L, 0L), (stream.PresentBytes, stream.UnknownBytes));

        // Runs and one tile lost: the nodes stand in for the tile. Only that tile's leaves are unknown.
        stream = await ScanAsync(sample, [.. runs, tiles[70]]);
        (long start, long end) = Bounds(tiles[70]);
        Assert.Equal(new SalvageRange(ByteRange.FromBounds(start, end), SalvageState.Unknown), Assert.Single(stream.GetRanges(), r => r.State == SalvageState.Unknown));
        Assert.Equal(0, stream.PresentBytes);

        // The node above the lost tile lost too: the top stands in for all below that node.
        stream = await ScanAsync(sample, [.. runs, tiles[70], nodes[1][0]]);
        (long _, long firstNodeEnd) = Bounds(tiles[255]);
        Assert.Equal(end - start, stream.UnknownBytes);
        Assert.True(stream.PresentBytes > 0);
        Assert.All(stream.GetRanges(new ByteRange(firstNodeEnd, length - firstNodeEnd)), r => Assert.True(r.State is SalvageState.Verified or SalvageState.Inherited));
        Assert.All(stream.GetRanges(new ByteRange(0, start)), r => Assert.True(r.State is SalvageState.Present or SalvageState.Inherited));

        // And the top: nothing is proven any more.
        stream = await ScanAsync(sample, [.. runs, tiles[70], nodes[1][0], nodes[2][0]]);
        Assert.Equal(0, stream.VerifiedBytes);
    }

    [Fact]
    public async Task TileThatLies_IsFoundOutThroughTheNode()
    {
        SalvageSample sample = await SalvageLab.LargeAsync();
        MappedRecord[] tiles = Records(sample, RecordType.Tile);
        byte[] payload = (byte[])tiles[1].Payload.Clone();
        payload[Tile.HeaderSize + 40] ^= 1;
        byte[] lying = (byte[])sample.Bundle.Clone();
        BundleMap.Forge(sample.Bundle, RecordType.Tile, payload, tiles[1].Header.Sequence, tiles[1].Start).CopyTo(lying, tiles[1].Start);

        SalvageReport report = await SalvageLab.ScanAsync(lying);

        // The first leaf of the tile is stated twice, by its chunk and otherwise; the rest of the tile is only not proven.
        Tile honest = Tile.Read(tiles[1].Payload, 0);
        ByteRange disputed = new(honest.Entries[0].Leaf.Offset, honest.Entries[0].Leaf.Length);
        (long start, long end) = Bounds(tiles[1]);
        Assert.Equal(new SalvageRange(disputed, SalvageState.Unknown), Assert.Single(report.Streams[0].GetRanges(), r => r.State == SalvageState.Unknown));
        Assert.Equal(end - start - disputed.Length, report.Streams[0].PresentBytes);
        Assert.Contains(report.Damage, d => d.Offset == tiles[1].Start);
        Assert.False(report.IsComplete);
    }

    /// <summary>An incremental bundle with one leaf for each block: zero and inherited in turn.</summary>
    private static async Task<(byte[] Bundle, int Length)> ManyRunsAsync()
    {
        const int Block = 512;
        byte[] before = new byte[66_000 * Block];
        for (int block = 0; block < 66_000; block++)
        {
            before[block * Block] = (byte)(1 + (block % 200));
        }

        byte[] after = (byte[])before.Clone();
        for (int block = 0; block < 66_000; block += 2)
        {
            after[block * Block] = 0;
        }

        return (await Lab.IncrementalAsync(after, null, null, await Lab.FullAsync(before)), before.Length);
    }

    private static MappedRecord[] Records(SalvageSample sample, RecordType type) => [.. BundleMap.Of(sample.Bundle).Where(r => r.Header.Type == type)];

    private static (long Start, long End) Bounds(MappedRecord tile)
    {
        TileEntry[] entries = Tile.Read(tile.Payload, 0).Entries;
        return (entries[0].Leaf.Offset, entries[^1].Leaf.End);
    }

    private static ByteRange Cell(MappedRecord chunk)
    {
        Leaf leaf = ChunkHeader.Read(chunk.Payload, true, 0).Leaf;
        return new ByteRange(leaf.Offset, leaf.Length);
    }

    private static async Task<SalvagedStream> ScanAsync(SalvageSample sample, params MappedRecord[] lost)
    {
        SalvageReport report = await SalvageLab.ScanAsync(BundleMap.Damage(sample.Bundle, lost));
        Assert.False(report.IsComplete);
        return Assert.Single(report.Streams);
    }
}
