using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Merging;

/// <summary>What a merged bundle says beside its content is what the newest one said.</summary>
public sealed class MergedFactsTests
{
    [Fact, Spec("D-05")]
    public async Task Merge_KeepsTheConsistencyOfTheNewest_AndTheStreamsItHoldsFor()
    {
        byte[] full = await WriteAsync(1, null, ConsistencyLevel.Crash);
        byte[] newest = await WriteAsync(2, full, ConsistencyLevel.Application);

        byte[] merged = await MergeLab.MergeAsync(Lab.SmallCells(), newest, full);

        BundleManifest manifest = await MergeLab.ManifestOfAsync(merged);
        ConsistencyGroup group = Assert.Single(manifest.Groups);
        Assert.Equal(ConsistencyLevel.Application, group.Evidence.Level);
        Assert.Equal("freeze", Assert.Single(group.Evidence.Hooks).Name);
        Assert.Equal(["log", "data"], group.StreamNumbers.Reverse().Select(number => manifest.Streams[number].Name));
        Assert.True((await Lab.VerifyAsync(merged)).IsValid);
    }

    private static async Task<byte[]> WriteAsync(int seed, byte[]? parent, ConsistencyLevel level)
    {
        await using BundleChain? chain = parent is null ? null : await Lab.OpenChainAsync(parent);
        return await Lab.WriteAsync(
            async writer =>
            {
                await writer.AddResourcesAsync([new ResourceObject { ApiVersion = "v1", Kind = "ConfigMap", Name = "shop", Content = "a: 1"u8.ToArray() }]);
                StreamInfo data = await writer.AddVolumeAsync(new VolumeRequest("data", new MemoryBlockReader(Lab.MixedVolume(200_000, seed))));
                StreamInfo log = await writer.AddVolumeAsync(new VolumeRequest("log", new MemoryBlockReader(Lab.MixedVolume(100_000, seed))));
                writer.AddConsistencyGroup(new ConsistencyEvidence(level) { Hooks = [new HookResult("freeze", 0)] }, [log, data]);
            },
            null,
            chain);
    }
}
