using System.Diagnostics;
using System.Globalization;
using Waybill.Engine;
using Waybill.Kubernetes;
using Waybill.Storage;

namespace Waybill.Benchmarks.Clusters;

/// <summary>Captures large namespaces and protects many applications at once. Prints rows for docs/performance.md.</summary>
internal static class ClusterScale
{
    private const int InNamespace = 5_000;
    private const int Namespaces = 10;
    private const int Applications = 100;
    private const int InApplication = 50;

    // So many that the capture alone is measured, not the patience that a cluster is owed.
    private static readonly ClusterOptions s_unbounded = new() { RequestsPerSecond = 100_000, Burst = 100_000 };

    public static async Task RunAsync(string directory)
    {
        await using (ClusterProcess cluster = await ClusterProcess.StartAsync(directory, Namespaces, InNamespace))
        {
            using ClusterConnection connection = await ClusterConnection.OpenAsync(s_unbounded with { KubeConfig = cluster.KubeConfig });
            await CaptureAsync(connection, $"{ClusterProcess.NameOf(1)}?app=a7");
            double few = PeakMemory();
            await cluster.CountAsync();
            (int objects, TimeSpan one) = await CaptureAsync(connection, ClusterProcess.NameOf(0));
            (int requests, _) = await cluster.CountAsync();
            double after = PeakMemory();
            Row(
                $"capture of a namespace of {InNamespace:N0} objects among {InNamespace * Namespaces:N0}",
                $"{Time(one)}, {objects / one.TotalSeconds:N0} objects a second, {requests} requests", "paged", objects >= InNamespace);
            TimeSpan all = TimeSpan.Zero;
            int total = 0;
            for (int home = 0; home < Namespaces; home++)
            {
                (int found, TimeSpan time) = await CaptureAsync(connection, ClusterProcess.NameOf(home));
                total += found;
                all += time;
            }

            (requests, _) = await cluster.CountAsync();
            Row($"capture of all {InNamespace * Namespaces:N0}, namespace by namespace", $"{Time(all)}, {requests} requests", "paged", total >= InNamespace * Namespaces);
            Row($"peak memory of the process: after 100 objects, one namespace, all of them", $"{few:F0}, {after:F0}, {PeakMemory():F0} MiB", "flat", PeakMemory() < few * 1.5);
        }

        await using (ClusterProcess cluster = await ClusterProcess.StartAsync(directory, Applications, InApplication))
        {
            var options = new ClusterOptions { KubeConfig = cluster.KubeConfig };
            using ClusterConnection connection = await ClusterConnection.OpenAsync(options);
            var store = new DirectoryBundleStore(Directory.CreateDirectory(Path.Combine(directory, "store")).FullName);
            var context = new EngineContext(store, Path.Combine(directory, "state"));
            long begun = Stopwatch.GetTimestamp();
            await Parallel.ForAsync(0, Applications, new ParallelOptions { MaxDegreeOfParallelism = Applications }, async (index, cancellationToken) =>
            {
                using CapturedApplication captured = await new ApplicationCapture(connection)
                    .CaptureAsync(ApplicationSelector.Parse(ClusterProcess.NameOf(index)), null, cancellationToken);
                await new ProtectRunner(context).RunAsync(captured.ToProtectedApplication(), null, null, cancellationToken);
            });
            TimeSpan time = Stopwatch.GetElapsedTime(begun);
            (int requests, int inASecond) = await cluster.CountAsync();
            int points = await store.ListAsync().CountAsync();
            double bound = options.RequestsPerSecond + options.Burst;
            Row(
                $"{Applications} applications protected at once, {InApplication} objects each, by the default rate of {options.RequestsPerSecond} requests a second",
                $"{Time(time)}, {points} points, {requests} requests ({requests / time.TotalSeconds:F0} a second, {inASecond} in one at most)", "bounded", inASecond <= bound && points == Applications);
        }
    }

    private static async Task<(int Objects, TimeSpan Time)> CaptureAsync(ClusterConnection connection, string selector)
    {
        long begun = Stopwatch.GetTimestamp();
        using CapturedApplication captured = await new ApplicationCapture(connection).CaptureAsync(ApplicationSelector.Parse(selector));
        return (captured.Objects.Length, Stopwatch.GetElapsedTime(begun));
    }

    private static double PeakMemory() => Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0;

    internal static string Time(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F2} s");

    private static void Row(FormattableString what, FormattableString figure, string goal, bool isMet) =>
        Console.WriteLine($"| {what.ToString(CultureInfo.InvariantCulture)} | {figure.ToString(CultureInfo.InvariantCulture)} | {goal} | {(isMet ? "met" : "**missed**")} |");
}
