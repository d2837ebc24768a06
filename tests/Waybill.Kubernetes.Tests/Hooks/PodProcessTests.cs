using System.Diagnostics;

namespace Waybill.Kubernetes.Tests.Hooks;

/// <summary>Programs in containers that print more than anybody wants to keep.</summary>
public sealed class PodProcessTests : IAsyncLifetime
{
    private const int Kibibyte = 1 << 10;

    private ClusterLab _lab = null!;

    public async Task InitializeAsync()
    {
        _lab = await ClusterLab.StartAsync();
        _lab.Server.ContainerRuntime = request => new ProcessStartInfo(request.Command[0], request.Command.Skip(1));
        _lab.Load("""{"kind":"Pod","apiVersion":"v1","metadata":{"name":"db-0","namespace":"shop"},"spec":{"containers":[{"name":"db"}]},"status":{"phase":"Running"}}""");
    }

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [SkippableFact]
    public async Task Lines_ThatNobodyReads_AreNotGathered_AndTheProgramCanBeLeft()
    {
        PodProcess process = await StartAsync("yes");
        await using (process)
        {
            Assert.True(await process.Lines.WaitToReadAsync());
            for (int i = 0; i < 10_000; i++)
            {
                Assert.Equal("y", await process.Lines.ReadAsync());
                Assert.InRange(process.Lines.Count, 0, Kibibyte);
            }
        }
    }

    [SkippableFact]
    public async Task Line_WithoutEnd_IsCutOff()
    {
        await using PodProcess process = await StartAsync("sh", "-c", "head -c 1048576 /dev/zero | tr '\\0' x; echo; echo next");

        List<string> lines = await process.Lines.ReadAllAsync().ToListAsync();

        Assert.Equal([new string('x', 4 * Kibibyte), "next"], lines);
    }

    [SkippableFact]
    public async Task Errors_AreKeptToTheLastOfThem()
    {
        await using PodProcess process = await StartAsync("sh", "-c", "head -c 1048576 /dev/zero | tr '\\0' x >&2; echo the end >&2; exit 3");

        (int? code, string problem) = await process.WaitAsync(CancellationToken.None);

        Assert.Equal((3, ""), (code, problem));
        Assert.Equal(4 * Kibibyte, process.ErrorText.Length);
        Assert.EndsWith("the end\n", process.ErrorText, StringComparison.Ordinal);
    }

    private async Task<PodProcess> StartAsync(params string[] command)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: a shell");
        return await PodProcess.StartAsync((await _lab.ConnectAsync()).Client, new PodHook("shop", "db-0"), command, CancellationToken.None);
    }
}
