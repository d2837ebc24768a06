using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Support;
using Waybill.Vectors.Sketches;

namespace Waybill.Bundles.Tests.Merging;

/// <summary>What must not be merged, whatever else may be done with it.</summary>
public sealed class MergeRefusalTests
{
    private const int Length = 3 * 65_536;

    // No version of the format has given a meaning to these bits.
    private static readonly Features s_unknown = new(0, 1UL << 5, 0);

    [Theory, Spec("F-09")]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Merge_OfABundleWithAnUnknownTransformBit_IsRefused_ButItIsReadVerifiedAndRestored(bool inOldest, bool inNewest)
    {
        BundleSketch oldest = new("transform-full", features: inOldest ? s_unknown : default);
        oldest.Volume(Lab.Volume, Pattern.Cell("A", Length));
        oldest.Finish();
        BundleSketch newest = new("transform-delta", oldest, inNewest ? s_unknown : default);
        newest.Begin(Lab.Volume).Inherit(65_536).Data(Pattern.Cell("B")).Inherit(65_536).End();
        newest.Finish();
        byte[] expected = [.. Pattern.Cell("A", Length)];
        Pattern.Cell("B").CopyTo(expected, 65_536);

        Lab.AssertSame(expected, await Lab.ReadVolumeAsync(newest.Bytes, oldest.Bytes), "read");
        VerificationReport report = await Lab.VerifyAsync(newest.Bytes, oldest.Bytes);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
        await using BundleChain chain = await Lab.OpenChainAsync(newest.Bytes, oldest.Bytes);
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        var target = new MemoryBlockWriter(Length);
        await VolumeRestorer.RestoreAsync(content, target);
        Lab.AssertSame(expected, target.Content, "restored");

        var output = new MemoryStream();
        WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => BundleMerger.MergeAsync(chain.Bundles, output));
        Assert.Equal(WaybillErrorCode.MergeRefused, e.Code);
        Assert.Equal(0, output.Length);
    }

    [Fact, Spec("F-09")]
    public async Task Merge_OfOneBundleAlone_IsARewriteAndIsRefusedToo()
    {
        BundleSketch bundle = new("transform-alone", features: s_unknown);
        bundle.Volume(Lab.Volume, Pattern.Cell("A", Length));

        WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => MergeLab.MergeAsync(Lab.SmallCells(), bundle.Finish().Bytes));
        Assert.Equal(WaybillErrorCode.MergeRefused, e.Code);
    }

    [Fact]
    public async Task Merge_OfBundlesThatDoNotFollowEachOther_IsRefused()
    {
        byte[] full = await Lab.FullAsync(Lab.MixedVolume(100_000));
        byte[] second = await Lab.IncrementalAsync(Lab.MixedVolume(100_000, 2), null, null, full);
        byte[] third = await Lab.IncrementalAsync(Lab.MixedVolume(100_000, 3), null, null, second, full);
        byte[] fork = await Lab.IncrementalAsync(Lab.MixedVolume(100_000, 4), null, null, full);

        foreach (byte[][] wrong in (byte[][][])[[third, full], [full, second], [second, third], [fork, second], [third, third], [third, second, fork]])
        {
            WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => MergeLab.MergeAsync(Lab.SmallCells(), wrong));
            Assert.Equal(WaybillErrorCode.MergeRefused, e.Code);
        }
    }
}
