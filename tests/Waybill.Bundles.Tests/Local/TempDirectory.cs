using System.Diagnostics;

namespace Waybill.Bundles.Tests.Local;

/// <summary>A directory of one test's own, removed with all that is in it.</summary>
internal sealed class TempDirectory : IDisposable
{
    public TempDirectory() => Path = Directory.CreateTempSubdirectory("waybill-test-").FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    // By rm, because the base library stops at names it cannot decode and at very long paths.
    public void Dispose()
    {
        using Process process = Process.Start("rm", ["-rf", "--", Path]);
        process.WaitForExit();
    }
}
