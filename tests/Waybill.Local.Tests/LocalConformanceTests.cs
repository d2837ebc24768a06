using Waybill.Local.Tests.Support;
using Waybill.Testing;

namespace Waybill.Local.Tests;

/// <summary>The kit's obligations on every kind of file system a pool can lie on.</summary>
public sealed class LocalConformanceTests
{
    [SkippableTheory]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    [InlineData("btrfs-zstd")]
    [InlineData("plain")]
    public async Task Pool_KeepsEveryObligation(string fileSystem)
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync(fileSystem);
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") });

        ConformanceReport report = await ProviderConformance.RunAsync(provider, new ConformanceOptions { VolumeLength = 2 * 1024 * 1024 });

        Assert.True(report.IsConformant, report.ToString());
        Assert.Equal(fileSystem != "plain", report.Checks.Any(c => c.Outcome == ConformanceOutcome.Passed && c.Id.StartsWith("changes.", StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(directory.Path, "pool", "volumes")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(directory.Path, "pool", "snapshots")));
    }
}
