using Waybill.Testing;

namespace Waybill.Samples.MinimalDriver.Tests;

public sealed class ConformanceTests
{
    [SkippableTheory]
    [InlineData(CsiAccess.Mount)]
    [InlineData(CsiAccess.Block)]
    public async Task Driver_PassesTheWholeSuite_AndLeavesNothing(CsiAccess access)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess || Environment.GetEnvironmentVariable("CI") == "true", "needs root for loop devices and mounts");
        await using DriverProcess driver = await DriverProcess.StartAsync();
        await WaitForSocketAsync(driver);

        ConformanceReport report = await CsiConformance.RunAsync(new CsiConformanceOptions(driver.Endpoint)
        {
            MountDirectory = driver.MountDirectory,
            StagingDirectory = driver.StagingDirectory,
            Access = access,
            VolumeLength = 32 << 20,
            Repetitions = 3,
            RestartAsync = driver.RestartAsync,
        });

        report.ThrowIfFailed();
        Assert.Empty(await driver.ListLeftoversAsync());
        Assert.Empty(Directory.EnumerateFiles(driver.Data, "*", SearchOption.AllDirectories));
        Assert.All(report.Checks.Where(check => check.Id.StartsWith("csi.metadata.delta.content", StringComparison.Ordinal)), check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
    }

    [Fact]
    public void Driver_HasFewerThan200LinesOfItsOwn()
    {
        int lines = Directory.EnumerateFiles(FindSources(), "*.cs").Sum(file => File.ReadLines(file).Count(line => !string.IsNullOrWhiteSpace(line)));

        Assert.InRange(lines, 1, 199);
    }

    // Only until there is a socket: the suite itself waits for a driver that is restarted.
    private static async Task WaitForSocketAsync(DriverProcess driver)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!File.Exists(driver.Endpoint["unix://".Length..]))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), timeout.Token);
        }
    }

    private static string FindSources()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Sdk.sln")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory!.FullName, "samples", "MinimalDriver");
    }
}
