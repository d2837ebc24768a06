using System.Diagnostics;
using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Benchmarks.Csi;

/// <summary>Measures the reference driver beside the shell commands that do the same, and prints the rows of a table.</summary>
internal static class DriverRun
{
    private const long Gibibyte = 1L << 30;
    private const int Calls = 30;
    private const int Volumes = 1_000;
    private const int Snapshots = 10_000;
    private const int Extents = 100_000;

    private static readonly VolumeCapability s_mounted = new()
    {
        Mount = new VolumeCapability.Types.MountVolume { FsType = "ext4" },
        AccessMode = new VolumeCapability.Types.AccessMode { Mode = VolumeCapability.Types.AccessMode.Types.Mode.SingleNodeWriter },
    };

    private static readonly VolumeCapability s_block = new()
    {
        Block = new VolumeCapability.Types.BlockVolume(),
        AccessMode = new VolumeCapability.Types.AccessMode { Mode = VolumeCapability.Types.AccessMode.Types.Mode.SingleNodeWriter },
    };

    public static async Task RunAsync(string driver, string directory, int rounds)
    {
        string image = Path.Combine(directory, "pool.img");
        string mount = Path.Combine(directory, "pool");
        Directory.CreateDirectory(mount);
        await using (FileStream file = new(image, FileMode.Create))
        {
            file.SetLength(64 * Gibibyte);
        }

        await ShellAsync("mkfs.xfs", "-q", "-f", image);
        await ShellAsync("mount", "-o", "loop", image, mount);
        try
        {
            await using DriverProcess process = await DriverProcess.StartAsync(driver, Path.Combine(mount, "pool"), Path.Combine(directory, "csi.sock"));
            await MeasureAsync(process, directory, mount, rounds);
        }
        finally
        {
            await ShellAsync("umount", mount);
            File.Delete(image);
        }
    }

    private static async Task MeasureAsync(DriverProcess process, string directory, string mount, int rounds)
    {
        var controller = new Controller.ControllerClient(process.Channel);
        var node = new Node.NodeClient(process.Channel);
        await controller.ControllerGetCapabilitiesAsync(new ControllerGetCapabilitiesRequest());
        double idle = process.ReadMemory("VmRSS");
        Console.WriteLine($"| resident memory, idle | {idle:F0} MiB | | at most 120 MiB | {Verdict(idle <= 120)} |");

        Volume volume = await CreateAsync(controller, "base", Gibibyte, s_mounted);
        var creating = new Pairs();
        var snapping = new Pairs();
        var publishing = new Pairs();
        string staging = Path.Combine(directory, "staging");
        string target = Path.Combine(directory, "target");
        string plain = Path.Combine(directory, "plain");
        Directory.CreateDirectory(staging);
        Directory.CreateDirectory(plain);
        await node.NodeStageVolumeAsync(new NodeStageVolumeRequest { VolumeId = volume.VolumeId, StagingTargetPath = staging, VolumeCapability = s_mounted });
        string source = Path.Combine(mount, "shell.img");
        await ShellAsync("truncate", "-s", "1G", source);
        for (int index = 0; index < Calls * rounds; index++)
        {
            creating.Ours.Add(await TimeAsync(() => CreateAsync(controller, $"new-{index}", Gibibyte, s_mounted)));
            creating.Theirs.Add(await TimeAsync(() => ShellAsync("truncate", "-s", "1G", Path.Combine(mount, $"shell-{index}.img"))));
            snapping.Ours.Add(await TimeAsync(() => SnapAsync(controller, volume.VolumeId, $"snap-{index}")));
            snapping.Theirs.Add(await TimeAsync(() => ShellAsync("cp", "--reflink=always", source, Path.Combine(mount, $"copy-{index}.img"))));
            publishing.Ours.Add(await TimeAsync(() => node.NodePublishVolumeAsync(new NodePublishVolumeRequest
            {
                VolumeId = volume.VolumeId, StagingTargetPath = staging, TargetPath = target, VolumeCapability = s_mounted,
            }).ResponseAsync));
            await node.NodeUnpublishVolumeAsync(new NodeUnpublishVolumeRequest { VolumeId = volume.VolumeId, TargetPath = target });
            publishing.Theirs.Add(await TimeAsync(() => ShellAsync("mount", "--bind", staging, plain)));
            await ShellAsync("umount", plain);
        }

        creating.Print("CreateVolume, 1 GiB", "truncate");
        snapping.Print("CreateSnapshot", "cp --reflink");
        publishing.Print("NodePublishVolume", "mount --bind");
        await node.NodeUnstageVolumeAsync(new NodeUnstageVolumeRequest { VolumeId = volume.VolumeId, StagingTargetPath = staging });
        await ListAsync(controller, volume.VolumeId);
        await StreamAsync(process, controller, mount, rounds);
    }

    private static async Task ListAsync(Controller.ControllerClient controller, string volume)
    {
        for (int index = 0; index < Volumes; index++)
        {
            await CreateAsync(controller, $"many-{index}", 1 << 20, s_block);
        }

        for (int index = 0; index < Snapshots; index++)
        {
            await SnapAsync(controller, volume, $"many-{index}");
        }

        var pages = new List<double>();
        string token = "";
        do
        {
            ListVolumesResponse? page = null;
            pages.Add(await TimeAsync(async () => page = await controller.ListVolumesAsync(new ListVolumesRequest { MaxEntries = 100, StartingToken = token })));
            token = page!.NextToken;
        }
        while (token.Length > 0);
        Console.WriteLine($"| ListVolumes, {Volumes} volumes, the slowest page of 100 | {pages.Max():F1} ms | | under 100 ms | {Verdict(pages.Max() < 100)} |");

        pages.Clear();
        do
        {
            ListSnapshotsResponse? page = null;
            pages.Add(await TimeAsync(async () => page = await controller.ListSnapshotsAsync(new ListSnapshotsRequest { MaxEntries = 100, StartingToken = token })));
            token = page!.NextToken;
        }
        while (token.Length > 0);
        Console.WriteLine($"| ListSnapshots, {Snapshots} snapshots, the slowest page of 100 | {pages.Max():F1} ms | | under 100 ms | {Verdict(pages.Max() < 100)} |");
    }

    private static async Task StreamAsync(DriverProcess process, Controller.ControllerClient controller, string mount, int rounds)
    {
        const long Capacity = 1024 * Gibibyte;
        Volume volume = await CreateAsync(controller, "sparse", Capacity, s_block);
        string file = Directory.EnumerateFiles(Path.Combine(mount, "pool"), volume.VolumeId + "*", SearchOption.AllDirectories).Single();
        using (Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            byte[] block = new byte[4096];
            Random.Shared.NextBytes(block);
            for (long index = 0; index < Extents; index++)
            {
                RandomAccess.Write(handle, block, index * (Capacity / Extents / 4096) * 4096);
            }

            RandomAccess.FlushToDisk(handle);
        }

        Snapshot snapshot = await SnapAsync(controller, volume.VolumeId, "sparse");
        var metadata = new SnapshotMetadata.SnapshotMetadataClient(process.Channel);
        double before = process.ReadMemory("VmRSS");
        var times = new List<double>();
        long tuples = 0;
        for (int round = 0; round < rounds; round++)
        {
            tuples = 0;
            times.Add(await TimeAsync(async () =>
            {
                using AsyncServerStreamingCall<GetMetadataAllocatedResponse> call = metadata.GetMetadataAllocated(new GetMetadataAllocatedRequest { SnapshotId = snapshot.SnapshotId });
                await foreach (GetMetadataAllocatedResponse response in call.ResponseStream.ReadAllAsync())
                {
                    tuples += response.BlockMetadata.Count;
                }
            }));
        }

        double more = process.ReadMemory("VmRSS") - before;
        Console.WriteLine($"| GetMetadataAllocated, 1 TiB with {tuples} ranges | {Median(times):F0} ms | | under 1 000 ms | {Verdict(Median(times) < 1000)} |");
        Console.WriteLine($"| the same, resident memory it added | {more:F0} MiB | | flat | {Verdict(more < 32)} |");
    }

    private static async Task<Volume> CreateAsync(Controller.ControllerClient controller, string name, long bytes, VolumeCapability capability) =>
        (await controller.CreateVolumeAsync(new CreateVolumeRequest
        {
            Name = name,
            CapacityRange = new CapacityRange { RequiredBytes = bytes },
            VolumeCapabilities = { capability },
        })).Volume;

    private static async Task<Snapshot> SnapAsync(Controller.ControllerClient controller, string volume, string name) =>
        (await controller.CreateSnapshotAsync(new CreateSnapshotRequest { SourceVolumeId = volume, Name = name })).Snapshot;

    private static async Task<double> TimeAsync(Func<Task> action)
    {
        long start = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task ShellAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)) ?? throw new InvalidOperationException($"{program} did not start.");
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string Verdict(bool met) => met ? "met" : "**missed**";

    /// <summary>The driver's times and those of a shell command, taken in turn.</summary>
    private sealed class Pairs
    {
        public List<double> Ours { get; } = [];

        public List<double> Theirs { get; } = [];

        public void Print(string call, string command)
        {
            double ours = Median(Ours);
            double theirs = Median(Theirs);
            Console.WriteLine($"| {call} | {ours:F1} ms | `{command}` {theirs:F1} ms | 10 ms more at most | {Verdict(ours <= theirs + 10)} |");
        }
    }
}
