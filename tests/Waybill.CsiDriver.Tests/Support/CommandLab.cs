using System.Diagnostics;
using System.Text.Json;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>The command as its users start it, with a store and a state of its own, for a cluster.</summary>
internal sealed class CommandLab : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-command-").FullName;

    private readonly string[] _clusterOptions;

    private CommandLab(string[] clusterOptions) => _clusterOptions = clusterOptions;

    /// <param name="cluster">The cluster.</param>
    /// <param name="clusterOptions">What every command gets that has to do with it.</param>
    public static async Task<CommandLab> CreateAsync(BackupCluster cluster, params string[] clusterOptions)
    {
        var lab = new CommandLab(clusterOptions);
        await File.WriteAllTextAsync(lab.PathOf("kubeconfig"), cluster.Server.KubeConfig("prod"));
        return lab;
    }

    /// <summary>Runs a command that must succeed.</summary>
    /// <returns>Its report.</returns>
    public async Task<JsonElement> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        string report = await output;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"waybill {string.Join(' ', arguments)} ended with {process.ExitCode}: {error}{report}");
        return JsonDocument.Parse(report).RootElement;
    }

    /// <summary>Runs a command that must fail.</summary>
    /// <returns>What it says.</returns>
    public async Task<string> FailAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        string said = error + await output;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode != 0, $"waybill {string.Join(' ', arguments)} did not fail: {said}");
        return said;
    }

    /// <summary>Runs a command and kills it after a while, wherever it then is.</summary>
    /// <returns>Whether it had not ended before.</returns>
    public async Task<bool> KillAsync(TimeSpan moment, params string[] arguments)
    {
        using Process process = Start(arguments);
        Task output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(moment));
        bool runs = !process.HasExited;
        process.Kill();
        await process.WaitForExitAsync();
        await output;
        return runs;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    // Where its own project puts it: beside the driver, which has another framework, it would not find all it needs.
    private static string FindCommand()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "src", "Waybill.Cli", "bin", here.Parent.Name, here.Name, "waybill.dll");
    }

    private Process Start(string[] arguments)
    {
        bool ofCluster = arguments is ["app", ..] or ["ledger", "sweep", ..];
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = _directory };
        string[] all =
        [
            FindCommand(), .. arguments, "--store", PathOf("store"), "--state", PathOf("state"), "--json",
            .. ofCluster ? (string[])["--kubeconfig", PathOf("kubeconfig"), "--context", "prod", "--service-account", "backup/agent", .. _clusterOptions] : [],
        ];
        foreach (string argument in all)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
