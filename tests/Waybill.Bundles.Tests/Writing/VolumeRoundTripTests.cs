using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

public sealed class VolumeRoundTripTests
{
    [Theory]
    [InlineData(BundleCodec.None, 0)]
    [InlineData(BundleCodec.Lz4, 1)]
    [InlineData(BundleCodec.Lz4, 512)]
    [InlineData(BundleCodec.Lz4, 65_536)]
    [InlineData(BundleCodec.Zstd, 1_000_001)]
    [InlineData(BundleCodec.Lz4, 20_000_000)]
    public async Task Full_AnyCodecAndLength_ComesBackAndVerifies(BundleCodec codec, int length)
    {
        byte[] volume = Lab.MixedVolume(length);
        byte[] bundle = await Lab.FullAsync(volume, Lab.SmallCells(codec));

        Assert.Equal(volume, await Lab.ReadVolumeAsync(bundle));
        VerificationReport report = await Lab.VerifyAsync(bundle);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
    }

    [Fact]
    public async Task Incremental_ComparedWithParent_StoresOnlyChangedBlocks()
    {
        byte[] before = Lab.MixedVolume(3_000_000);
        byte[] after = (byte[])before.Clone();
        Lab.Noise(700, 5).CopyTo(after, 100_000);
        after.AsSpan(1_000_000, 200_000).Clear();
        byte[] full = await Lab.FullAsync(before);
        byte[] incremental = await Lab.IncrementalAsync(after, null, null, full);

        Assert.Equal(after, await Lab.ReadVolumeAsync(incremental, full));
        VerificationReport report = await Lab.VerifyAsync(incremental, full);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
        StreamInfo stream = report.Manifest!.Streams[0];
        Assert.InRange(stream.DataBytes, 700, 4_096);
        await using BundleChain chain = await Lab.OpenChainAsync(await Lab.FullAsync(after));
        Assert.Equal(chain.Manifest.Streams[0].Root, stream.ContentRoot);
    }

    [Fact]
    public async Task Incremental_WithChangedRanges_ReadsOnlyThose()
    {
        byte[] before = Lab.MixedVolume(3_000_000);
        byte[] after = (byte[])before.Clone();
        Lab.Noise(700, 5).CopyTo(after, 100_000);
        byte[] full = await Lab.FullAsync(before);
        byte[] incremental = await Lab.IncrementalAsync(after, [new ByteRange(100_000, 700)], null, full);

        Assert.Equal(after, await Lab.ReadVolumeAsync(incremental, full));
        Assert.True((await Lab.VerifyAsync(incremental, full)).IsValid);
    }

    [Fact]
    public async Task Merge_ChainIntoFull_HasTheRootOfAFullBackup()
    {
        byte[] first = Lab.MixedVolume(3_000_000);
        byte[] second = (byte[])first.Clone();
        Lab.Noise(70_000, 5).CopyTo(second, 100_000);
        byte[] third = (byte[])second.Clone();
        Lab.Noise(700, 6).CopyTo(third, 130_000);
        third.AsSpan(2_000_000, 100_000).Clear();
        byte[] full = await Lab.FullAsync(first);
        byte[] second1 = await Lab.IncrementalAsync(second, null, null, full);
        byte[] third1 = await Lab.IncrementalAsync(third, null, null, second1, full);
        await using BundleChain chain = await Lab.OpenChainAsync(third1, second1, full);
        var output = new MemoryStream();
        BundleWriterOptions options = Lab.SmallCells();
        options.LeaveOpen = true;
        BundleManifest merged = await BundleMerger.MergeAsync(chain.Bundles, output, options);

        Assert.Equal(third, await Lab.ReadVolumeAsync(output.ToArray()));
        VerificationReport report = await Lab.VerifyAsync(output.ToArray());
        Assert.Null(report.Problem);
        await using BundleChain direct = await Lab.OpenChainAsync(await Lab.FullAsync(third));
        Assert.Equal(direct.Manifest.Streams[0].Root, merged.Streams[0].Root);
    }
}
