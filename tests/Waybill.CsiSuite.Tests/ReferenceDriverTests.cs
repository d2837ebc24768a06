using Waybill.CsiDriver.Tests.Support;
using Waybill.Testing;

namespace Waybill.CsiSuite.Tests;

public sealed class ReferenceDriverTests
{
    [SkippableTheory]
    [InlineData("xfs", CsiAccess.Mount)]
    [InlineData("btrfs", CsiAccess.Block)]
    public async Task Driver_PassesTheWholeSuite_AndLeavesNothing(string fileSystem, CsiAccess access)
    {
        await using DriverLab lab = await DriverLab.CreateAsync(fileSystem);

        ConformanceReport report = await CsiConformance.RunAsync(new CsiConformanceOptions($"unix://{Path.Combine(Path.GetDirectoryName(lab.Paths)!, "csi.sock")}")
        {
            MountDirectory = lab.MakeDirectory("mount"),
            StagingDirectory = lab.MakeDirectory("staging"),
            Access = access,
            VolumeLength = 64 << 20,
            Repetitions = 3,
            RestartAsync = _ => lab.CrashAsync(),
        });

        report.ThrowIfFailed();
        lab.AssertNothingLeft();
        Assert.All(report.Checks.Where(check => check.Id.StartsWith("csi.restart", StringComparison.Ordinal)), check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
        Assert.All(report.Checks.Where(check => check.Id.Contains(".content", StringComparison.Ordinal)), check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
    }
}
