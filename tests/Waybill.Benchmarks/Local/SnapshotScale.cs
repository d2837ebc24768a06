using System.Diagnostics;
using System.Globalization;
using Waybill.Local;
using Waybill.Providers;

namespace Waybill.Benchmarks.Local;

/// <summary>Takes a snapshot of a large sparse volume and lists what changed since the one before. Prints a row for docs/performance.md.</summary>
internal static class SnapshotScale
{
    private const long Length = 100L << 30;
    private const int Extents = 10_000;
    private const int Block = 4096;

    public static async Task RunAsync(string directory, string fileSystem, int rounds)
    {
        string pool = Path.Combine(directory, "scale");
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = pool });
        VolumeDescriptor volume = await provider.CreateVolumeAsync(new VolumeCreateRequest("large", Length));
        string image = Path.Combine(pool, "volumes", volume.Id + ".img");
        Scatter(image, 0);
        SnapshotDescriptor before = await provider.CreateSnapshotAsync(volume.Id, "0");
        long idle = Process.GetCurrentProcess().WorkingSet64;
        var times = new List<double>();
        var processor = new List<double>();
        for (int round = 1; round <= rounds; round++)
        {
            Scatter(image, round);
            TimeSpan used = Process.GetCurrentProcess().TotalProcessorTime;
            long begun = Stopwatch.GetTimestamp();
            SnapshotDescriptor after = await provider.CreateSnapshotAsync(volume.Id, round.ToString(CultureInfo.InvariantCulture));
            DiffResult answer = await provider.DiffAsync(volume.Id, before.ChangeId!.Value, after.Id);
            int ranges = 0;
            await using (Delta changes = ((DiffResult.Known)answer).Changes)
            {
                await foreach (ChangedRange _ in ((RangeDelta)changes).ListAsync())
                {
                    ranges++;
                }
            }

            times.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            processor.Add((Process.GetCurrentProcess().TotalProcessorTime - used).TotalSeconds);
            if (ranges < Extents)
            {
                throw new InvalidOperationException($"{ranges} ranges of {Extents} were listed");
            }

            before = after;
        }

        times.Sort();
        processor.Sort();
        double median = times[times.Count / 2];
        double grown = (Process.GetCurrentProcess().PeakWorkingSet64 - idle) / 1048576.0;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| the same changes: snapshot and list of them, in one process, {grown:F0} MiB more than idle | {fileSystem} | {median:F2} [{times[0]:F2}-{times[^1]:F2}] | {processor[processor.Count / 2]:F2} | {processor[processor.Count / 2] / median:F2} | {Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0:F0} | under 2 s, flat | {(median < 2 ? "met" : "**missed**")} |"));
    }

    // A block at a place of its own in each part, so that no two join. What was written is on its way to the disk, as that of an application is.
    private static void Scatter(string image, int seed)
    {
        var random = new Random(seed);
        byte[] block = new byte[Block];
        long part = Length / Extents / Block;
        using var file = new FileStream(image, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        for (int index = 0; index < Extents; index++)
        {
            random.NextBytes(block);
            file.Position = ((index * part) + random.NextInt64(part - 1)) * Block;
            file.Write(block);
        }

        file.Flush(flushToDisk: true);
    }
}
