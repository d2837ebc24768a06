using System.Diagnostics;

namespace Waybill.Local.Tests.Quiescing;

/// <summary>A process that writes to a file system, and so tells whether it is frozen.</summary>
internal sealed class Writer : IDisposable
{
    private readonly Process _process;

    private Writer(Process process) => _process = process;

    public static async Task<Writer> StartAsync(string mountPoint)
    {
        string[] arguments = ["-c", "echo started; echo x > \"$1\"; echo written", "sh", Path.Combine(mountPoint, Guid.NewGuid().ToString("N"))];
        var writer = new Writer(Process.Start(new ProcessStartInfo("sh", arguments) { RedirectStandardOutput = true, WorkingDirectory = "/" })!);
        Assert.Equal("started", await writer._process.StandardOutput.ReadLineAsync());
        return writer;
    }

    /// <summary>Starts a writer and waits until it waits: the file system is frozen.</summary>
    public static async Task<Writer> BlockedAsync(string mountPoint)
    {
        Writer writer = await StartAsync(mountPoint);
        await QuiesceMachine.UntilAsync(() => Task.FromResult(writer.IsBlocked()), $"{mountPoint} was frozen");
        return writer;
    }

    /// <summary>Writes to a file system that is not frozen.</summary>
    public static async Task SucceedsAsync(string mountPoint)
    {
        using Writer writer = await StartAsync(mountPoint);
        await writer.FinishesAsync();
    }

    /// <summary>Waits until it has written: the file system is thawed.</summary>
    public async Task FinishesAsync()
    {
        using var limit = new CancellationTokenSource(QuiesceMachine.Patience);
        Assert.Equal("written", await _process.StandardOutput.ReadLineAsync(limit.Token));
    }

    /// <summary>Finds out whether it waits or has written.</summary>
    public async Task<bool> IsHeldAsync()
    {
        Task<string?> written = _process.StandardOutput.ReadLineAsync();
        await QuiesceMachine.UntilAsync(() => Task.FromResult(written.IsCompleted || IsBlocked()), "the writer wrote or waited");
        return !written.IsCompleted;
    }

    public void Dispose() => _process.Dispose();

    // Asleep without reacting to signals, and in the wait for a thaw, not for a disk.
    private bool IsBlocked()
    {
        try
        {
            return File.ReadAllText($"/proc/{_process.Id}/stat").Split(") ")[1][0] == 'D'
                && (File.ReadAllText($"/proc/{_process.Id}/wchan") is var place && (place is "" or "0" || place.Contains("percpu", StringComparison.Ordinal)));
        }
        catch (IOException)
        {
            // It ended.
            return false;
        }
    }
}
