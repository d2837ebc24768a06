using System.Diagnostics;
using System.Globalization;

namespace Waybill.Local.Tests.Quiescing;

/// <summary>Another process that holds something, to be killed.</summary>
internal sealed class Holder : IAsyncDisposable
{
    private readonly Process _process;

    private Holder(Process process) => _process = process;

    public int Id => _process.Id;

    public static Holder Start(string kind, double deadlineSeconds, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Waybill.Local.FreezeHolder.dll");
        string seconds = deadlineSeconds.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet", [program, kind, seconds, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        return new Holder(Process.Start(start)!);
    }

    public static async Task<Holder> HoldingAsync(string kind, double deadlineSeconds, params string[] arguments)
    {
        Holder holder = Start(kind, deadlineSeconds, arguments);
        using var limit = new CancellationTokenSource(QuiesceMachine.Patience);
        Assert.Equal("held", await holder._process.StandardOutput.ReadLineAsync(limit.Token));
        return holder;
    }

    /// <summary>Kills it so that it can do nothing any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Lists its child processes that run the watchdog.</summary>
    public int[] Watchdogs() =>
        [.. QuiesceMachine.ProcessesWith("waybill-thaw").Where(id => File.Exists($"/proc/{id}/stat") && ParentOf(id) == Id)];

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static int ParentOf(int id) => int.Parse(File.ReadAllText($"/proc/{id}/stat").Split(") ")[1].Split(' ')[1], CultureInfo.InvariantCulture);
}
