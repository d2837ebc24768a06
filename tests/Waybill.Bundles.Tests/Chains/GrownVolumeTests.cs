using Waybill.Bundles.Tests.Merging;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Chains;

/// <summary>A volume that grows: its last cell was short in older bundles of the chain and is whole, or longer, in newer ones.</summary>
public sealed class GrownVolumeTests
{
    [Theory, Spec("M-22"), Spec("I-04")]
    [InlineData(1_024, 269_824)]
    [InlineData(1_024, 40_000)]
    [InlineData(65_536 + 30_000, 65_536 + 30_208)]
    [InlineData(2_048, 65_536)]
    public async Task MaskedLastCell_OfAVolumeThatGrew_IsReadVerifiedAndMerged(int before, int after)
    {
        // The middle bundle masks the short last cell and states the digest of that cell, not of the longer one it is a part of later.
        byte[] first = Lab.Noise(before, 1);
        byte[] second = (byte[])first.Clone();
        second[before / 65_536 * 65_536] ^= 0xFF;
        byte[] third = [.. second, .. new byte[after - before]];
        byte[] a = await Lab.FullAsync(first);
        byte[] b = await Lab.IncrementalAsync(second, null, null, a);
        byte[] c = await Lab.IncrementalAsync(third, null, null, b, a);

        Lab.AssertSame(third, await Lab.ReadVolumeAsync(c, b, a), "the grown volume");
        VerificationReport report = await Lab.VerifyAsync(c, b, a);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
        byte[] merged = await MergeLab.MergeAsync(Lab.SmallCells(), c, b, a);
        Lab.AssertSame(third, await Lab.ReadVolumeAsync(merged), "the merged volume");
        byte[] upper = await MergeLab.MergeAsync(Lab.SmallCells(), c, b);
        Lab.AssertSame(third, await Lab.ReadVolumeAsync(upper, a), "the volume with its two newer bundles merged");
    }
}
