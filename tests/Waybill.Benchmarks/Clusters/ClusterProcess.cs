using System.Diagnostics;
using System.Globalization;
using Waybill.Kubernetes.ApiServer;

namespace Waybill.Benchmarks.Clusters;

/// <summary>A cluster's API in a process of its own, so that what it takes is not counted with what is measured.</summary>
internal sealed class ClusterProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ClusterProcess(Process process, string kubeConfig)
    {
        _process = process;
        KubeConfig = kubeConfig;
    }

    public string KubeConfig { get; }

    public static async Task<ClusterProcess> StartAsync(string directory, int namespaces, int objects)
    {
        string kubeConfig = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"kubeconfig-{namespaces}-{objects}"));
        string program = Path.ChangeExtension(typeof(ClusterProcess).Assembly.Location, ".dll");
        var start = new ProcessStartInfo("dotnet", [program, "cluster", kubeConfig, Text(namespaces), Text(objects)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var cluster = new ClusterProcess(Process.Start(start)!, kubeConfig);
        await cluster._process.StandardOutput.ReadLineAsync();
        return cluster;
    }

    /// <summary>Gets how many requests came since the last call, and how many at most in one second.</summary>
    public async Task<(int Requests, int InASecond)> CountAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        string[] words = (await _process.StandardOutput.ReadLineAsync())!.Split(' ');
        return (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Is that process.</summary>
    public static async Task ServeAsync(string kubeConfig, int namespaces, int objects)
    {
        await using ApiServerDouble server = await ApiServerDouble.StartAsync();
        for (int home = 0; home < namespaces; home++)
        {
            string name = NameOf(home);
            server.Store.Load($$$"""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"{{{name}}}","uid":"uid-{{{name}}}"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""");
            for (int i = 0; i < objects; i++)
            {
                server.Store.Load($$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"m{{{i:D5}}}","namespace":"{{{name}}}","uid":"{{{name}}}-{{{i}}}","labels":{"app":"a{{{i % 50}}}"}},"data":{"text":"{{{new string('x', 2000)}}}"}}""");
            }
        }

        await File.WriteAllTextAsync(kubeConfig, server.KubeConfig());
        int most = 0;
        int before = 0;
        await using var clock = new Timer(
            _ =>
            {
                int now = server.Requests.Count;
                most = Math.Max(most, now - before);
                before = now;
            },
            null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{server.Requests.Count} {Math.Max(most, server.Requests.Count - before)}"));
            server.Requests.Clear();
            (most, before) = (0, 0);
        }
    }

    public static string NameOf(int home) => string.Create(CultureInfo.InvariantCulture, $"n{home:D3}");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        File.Delete(KubeConfig);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
