using Waybill.Testing;

namespace Waybill.Local.Tests.Quiescing;

/// <summary>The kit's obligations on the quiescers, with real commands and real file systems.</summary>
public sealed class QuiescerKitTests
{
    // Long enough for a busy machine to begin and end what it must within it.
    private static readonly TimeSpan s_shortDeadline = TimeSpan.FromSeconds(6);

    [SkippableFact]
    public async Task CommandQuiescer_KeepsEveryObligation()
    {
        QuiesceMachine.RequireLinux();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("waybill-hooks-");
        string held = Path.Combine(directory.FullName, "held");
        try
        {
            var quiescer = new CommandQuiescer(new CommandQuiescerOptions
            {
                Pre = new HookCommand(["touch", held], QuiesceMachine.Patience),
                Post = new HookCommand(["rm", "-f", held], QuiesceMachine.Patience),
            });
            var options = new QuiescerConformanceOptions { ShortDeadline = s_shortDeadline, IsHeld = _ => ValueTask.FromResult(File.Exists(held)) };

            AssertAllPassed(await QuiescerConformance.RunAsync(quiescer, options));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    public async Task FileSystemQuiescer_KeepsEveryObligation(string fileSystem)
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync(fileSystem);
        var quiescer = new FileSystemQuiescer(new FileSystemQuiescerOptions { MountPoints = [volume.MountPoint] });
        var options = new QuiescerConformanceOptions { ShortDeadline = s_shortDeadline, IsHeld = _ => IsFrozenAsync(volume.MountPoint) };

        AssertAllPassed(await QuiescerConformance.RunAsync(quiescer, options));
    }

    private static async ValueTask<bool> IsFrozenAsync(string mountPoint)
    {
        using Writer writer = await Writer.StartAsync(mountPoint);
        return await writer.IsHeldAsync();
    }

    private static void AssertAllPassed(ConformanceReport report)
    {
        report.ThrowIfFailed();
        Assert.All(report.Checks, check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
    }
}
