namespace Waybill.Repository.Tests;

public sealed class ScriptTests
{
    [SkippableFact]
    public async Task Scripts_HaveTheRunBit()
    {
        if (OperatingSystem.IsWindows())
        {
            throw new SkipException("needs: a file system with run bits");
        }

        string[] scripts = [.. (await RepositoryFiles.AllAsync()).Where(IsScript)];

        Assert.Contains("build/setup", scripts);
        Assert.Contains("build/test", scripts);
        Assert.Contains("build/pack", scripts);
        Assert.Contains(".ci/run", scripts);
        foreach (string path in scripts)
        {
            UnixFileMode mode = File.GetUnixFileMode(RepositoryFiles.PathOf(path));
            Assert.True(mode.HasFlag(UnixFileMode.UserExecute), $"{path} starts with #! and cannot be run: {mode}.");
        }
    }

    [SkippableFact]
    public async Task ShellScripts_AreValid_AndStopAtTheFirstFailure()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: bash");
        foreach (string path in (await RepositoryFiles.AllAsync()).Where(IsScript))
        {
            string text = RepositoryFiles.Read(path);
            if (text.Split('\n')[0].EndsWith("bash", StringComparison.Ordinal))
            {
                (await ProcessRun.RunAsync("bash", ["-n", RepositoryFiles.PathOf(path)], RepositoryFiles.Root)).ThrowIfFailed();
                Assert.True(text.Contains("\nset -euo pipefail\n", StringComparison.Ordinal), $"{path} goes on after a failed command.");
            }
        }
    }

    // A file that names its interpreter is meant to be run. Everything else is not, whatever its directory.
    private static bool IsScript(string path)
    {
        using FileStream file = File.OpenRead(RepositoryFiles.PathOf(path));
        Span<byte> start = stackalloc byte[2];
        return file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start.SequenceEqual("#!"u8);
    }
}
