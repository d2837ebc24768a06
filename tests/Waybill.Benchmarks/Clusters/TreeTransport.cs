using System.Diagnostics;
using System.Globalization;
using Waybill.Bundles;
using Waybill.Kubernetes;
using Waybill.Kubernetes.Tests;

namespace Waybill.Benchmarks.Clusters;

/// <summary>Stores and restores a tree of files through the backup API, as movers do, beside the same from the directory itself. Prints rows for docs/performance.md.</summary>
internal static class TreeTransport
{
    private const int Small = 20_000;
    private const int SmallLength = 4_000;
    private const int Large = 8;
    private const int LargeLength = 64 << 20;
    private const string Tree = "files";

    public static async Task RunAsync(string directory)
    {
        foreach ((string what, int files, int length) in ((string, int, int)[])[($"{Small:N0} files of {SmallLength:N0} bytes", Small, SmallLength), ($"{Large} files of 64 MiB", Large, LargeLength)])
        {
            await using TreeLab lab = await TreeLab.StartAsync();
            using BackupClient client = lab.Connect(isDirect: true);
            var random = new Random(7);
            var bytes = new byte[length];
            for (int i = 0; i < files; i++)
            {
                random.NextBytes(bytes);
                string home = Directory.CreateDirectory(Path.Combine(lab.Source, string.Create(CultureInfo.InvariantCulture, $"d{i / 200}"))).FullName;
                await File.WriteAllBytesAsync(Path.Combine(home, string.Create(CultureInfo.InvariantCulture, $"f{i}")), bytes);
            }

            string first = Path.Combine(directory, "first.waybill");
            string other = Path.Combine(directory, "other.waybill");
            (TimeSpan own, TimeSpan moved) = await BestAsync(
                () => StoreAsync(first, () => DirectoryTreeSource.Open(lab.Source), null), () => StoreAsync(other, () => client.OpenTree("shop", "monday"), null));
            Row($"store {what}", own, moved);
            (own, moved) = await BestAsync(
                () => StoreAsync(other, () => DirectoryTreeSource.Open(lab.Source), first), () => StoreAsync(other, () => client.OpenTree("shop", "monday"), first));
            Row($"store them again, unchanged", own, moved);
            var replace = new DirectoryTreeTargetOptions { Replaces = true };
            (own, moved) = await BestAsync(
                () => RestoreAsync(first, () => Task.FromResult<FileTreeTarget>(DirectoryTreeTarget.Create(lab.Target, replace))),
                () => RestoreAsync(first, () => client.OpenTreeTargetAsync("shop", "data", replaces: true)));
            Row($"restore them", own, moved);
        }
    }

    /// <summary>Does both in turn, three times, and gives the best time of each.</summary>
    private static async Task<(TimeSpan Own, TimeSpan Moved)> BestAsync(Func<Task> own, Func<Task> moved)
    {
        TimeSpan[] best = [TimeSpan.MaxValue, TimeSpan.MaxValue];
        for (int round = 0; round < 3; round++)
        {
            foreach ((int place, Func<Task> work) in ((int, Func<Task>)[])[(0, own), (1, moved)])
            {
                long begun = Stopwatch.GetTimestamp();
                await work();
                TimeSpan took = Stopwatch.GetElapsedTime(begun);
                best[place] = took < best[place] ? took : best[place];
            }
        }

        return (best[0], best[1]);
    }

    private static async Task StoreAsync(string path, Func<FileTreeSource> open, string? parent)
    {
        await using BundleChain? chain = parent is null ? null : await OpenAsync(parent);
        await using FileTreeSource source = open();
        File.Delete(path);
        await using AtomicOutput output = AtomicOutput.Create(path, durable: false);
        var description = new BundleDescription(chain?.Manifest.Application ?? new ApplicationIdentity(AppId.New(), "tree"));
        await using (BundleWriter writer = await BundleWriter.CreateAsync(output.Stream, description, chain, new BundleWriterOptions { LeaveOpen = true }))
        {
            await writer.AddFileTreeAsync(Tree, source);
            await writer.CompleteAsync();
        }

        await output.PublishAsync();
    }

    private static async Task RestoreAsync(string path, Func<Task<FileTreeTarget>> open)
    {
        await using BundleChain chain = await OpenAsync(path);
        await using FileTreeTarget target = await open();
        FileTreeRestoreResult result = await FileTreeRestorer.RestoreAsync(chain, Tree, target);
        if (result.Problems.Length > 0)
        {
            throw new InvalidOperationException($"{result.Problems[0]}");
        }
    }

    private static async Task<BundleChain> OpenAsync(string path) =>
        await BundleChain.OpenAsync(await BundleReader.OpenAsync(FileByteSource.Open(path), TrustPolicy.AcceptUnsigned), null);

    private static void Row(string what, TimeSpan own, TimeSpan moved) =>
        Console.WriteLine($"| {what}, from and to a directory | {ClusterScale.Time(own)}; through the backup API {ClusterScale.Time(moved)}, {(moved / own).ToString("F2", CultureInfo.InvariantCulture)} of the time | | |");
}
