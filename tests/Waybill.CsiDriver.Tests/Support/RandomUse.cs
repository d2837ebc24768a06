using Waybill.Csi.Wire;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>Uses volumes as they come, with the driver killed in the middle of some calls, and knows what each must hold.</summary>
internal sealed class RandomUse(DriverLab lab, int seed)
{
    private const int MaxVolumes = 8;
    private const int MaxSnapshots = 8;

    private static readonly string[] s_uses = ["ext4", "ext4", "xfs", "btrfs", "block"];

    private readonly Random _random = new(seed);
    private readonly List<Used> _volumes = [];
    private readonly List<Taken> _snapshots = [];
    private int _names;

    public int Crashes { get; private set; }

    /// <summary>Gets how often each kind of step was taken.</summary>
    public SortedDictionary<string, int> Steps { get; } = new(StringComparer.Ordinal);

    public async Task StepAsync()
    {
        List<(string Name, Func<Task> Run)> possible = [];
        if (_volumes.Count < MaxVolumes)
        {
            possible.Add(("create", CreateAsync));
            possible.AddRange(_volumes.Select(volume => ("clone", (Func<Task>)(() => CloneAsync(volume)))).Take(1));
            possible.AddRange(_snapshots.Select(snapshot => ("restore", (Func<Task>)(() => RestoreAsync(snapshot)))).Take(2));
        }

        foreach (Used volume in _volumes)
        {
            possible.AddRange(ListSteps(volume));
        }

        if (_snapshots.Count > 0)
        {
            possible.Add(("remove snapshot", RemoveSnapshotAsync));
        }

        (string name, Func<Task> run) = possible[_random.Next(possible.Count)];
        Steps[name] = Steps.GetValueOrDefault(name) + 1;
        await run();
    }

    /// <summary>Takes everything away again.</summary>
    public async Task EndAsync()
    {
        foreach (Used used in _volumes.ToList())
        {
            if (used.State < 2)
            {
                await UpAsync(used);
            }

            CrashTests.AssertHolds(used.Volume, used.Content);
            await used.Volume.DownAsync();
            await used.Volume.DeleteAsync();
        }

        while (_snapshots.Count > 0)
        {
            await RemoveSnapshotAsync();
        }
    }

    private IEnumerable<(string Name, Func<Task> Run)> ListSteps(Used used)
    {
        switch (used.State)
        {
            case 0:
                yield return ("stage", () => ToStateAsync(used, 1, used.Volume.StageAsync));
                if (used.IsWritten)
                {
                    yield return ("delete", () => DeleteAsync(used));
                }

                break;
            case 1:
                yield return ("publish", () => PublishAsync(used));
                yield return ("unstage", () => ToStateAsync(used, 0, used.Volume.UnstageAsync));
                break;
            default:
                yield return ("write", () => WriteAsync(used));
                yield return ("unpublish", () => ToStateAsync(used, 1, () => used.Volume.UnpublishAsync()));
                if (Grows(used.Volume.Capability))
                {
                    yield return ("expand", () => ExpandAsync(used));
                }

                break;
        }

        if (used.IsWritten && _snapshots.Count < MaxSnapshots)
        {
            yield return ("snapshot", () => SnapshotAsync(used));
        }
    }

    /// <summary>Makes a call; in some the driver is killed, and the call is made again, as an orchestrator would.</summary>
    private async Task CallAsync(Func<Task> call)
    {
        if (_random.Next(16) == 0)
        {
            Crashes++;
            await Interruption.CutAsync(lab, call, TimeSpan.FromMilliseconds(_random.NextDouble() * 30));
        }

        await call();
    }

    private async Task ToStateAsync(Used used, int state, Func<Task> call)
    {
        await CallAsync(call);
        used.State = state;
    }

    private async Task CreateAsync()
    {
        string use = s_uses[_random.Next(s_uses.Length)];
        Used used = await AddAsync(CrashTests.CapabilityOf(use), SmallestOf(use), null);
        await UpAsync(used);
        await WriteAsync(used);
    }

    private async Task UpAsync(Used used)
    {
        if (used.State == 0)
        {
            await ToStateAsync(used, 1, used.Volume.StageAsync);
        }

        await PublishAsync(used);
    }

    private async Task CloneAsync(Used origin)
    {
        if (origin.IsWritten)
        {
            Used clone = await AddAsync(origin.Volume.Capability, origin.Mebibytes, TestVolume.FromVolume(origin.Volume.Id));
            (clone.Content, clone.IsWritten) = (origin.Content, true);
        }
    }

    private async Task RestoreAsync(Taken snapshot)
    {
        int size = snapshot.Mebibytes + (Grows(snapshot.Capability) ? _random.Next(2) * 40 : 0);
        Used restored = await AddAsync(snapshot.Capability, size, TestVolume.FromSnapshot(snapshot.Id));
        (restored.Content, restored.IsWritten) = (snapshot.Content, true);
    }

    private async Task<Used> AddAsync(VolumeCapability capability, int mebibytes, VolumeContentSource? source)
    {
        string name = $"v{_names++}";
        TestVolume? volume = null;
        await CallAsync(async () => volume = await TestVolume.CreateAsync(lab, name, capability, mebibytes, source));
        var used = new Used(volume!) { Mebibytes = mebibytes };
        _volumes.Add(used);
        return used;
    }

    private async Task PublishAsync(Used used)
    {
        await ToStateAsync(used, 2, () => used.Volume.PublishAsync());
        if (used.IsWritten)
        {
            CrashTests.AssertHolds(used.Volume, used.Content);
        }
    }

    private Task WriteAsync(Used used)
    {
        used.Content = _random.Next(1, int.MaxValue);
        used.IsWritten = true;
        CrashTests.WriteInto(used.Volume, used.Content);
        return Task.CompletedTask;
    }

    private async Task ExpandAsync(Used used)
    {
        used.Mebibytes += 16;
        await CallAsync(() => used.Volume.ExpandAsync(used.Mebibytes));
        CrashTests.AssertHolds(used.Volume, used.Content);
    }

    private async Task SnapshotAsync(Used used)
    {
        string name = $"s{_names++}";
        string id = "";
        await CallAsync(async () => id = await used.Volume.SnapshotAsync(name));
        _snapshots.Add(new Taken(id, used.Volume.Capability, used.Mebibytes, used.Content));
    }

    private async Task RemoveSnapshotAsync()
    {
        Taken snapshot = _snapshots[_random.Next(_snapshots.Count)];
        await CallAsync(async () => await lab.Driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = snapshot.Id }));
        _snapshots.Remove(snapshot);
    }

    private async Task DeleteAsync(Used used)
    {
        await CallAsync(used.Volume.DeleteAsync);
        _volumes.Remove(used);
    }

    private static bool Grows(VolumeCapability capability) => Machine.GrowsExt || capability.Mount?.FsType != "ext4";

    private static int SmallestOf(string use) => use switch { "xfs" => 320, "btrfs" => 128, "block" => 16, _ => 64 };

    private sealed class Used(TestVolume volume)
    {
        public TestVolume Volume { get; } = volume;

        /// <summary>Gets or sets 0 for a volume that is nowhere, 1 for one that is staged, 2 for one that is published.</summary>
        public int State { get; set; }

        public int Content { get; set; }

        public bool IsWritten { get; set; }

        public int Mebibytes { get; set; }
    }

    private sealed record Taken(string Id, VolumeCapability Capability, int Mebibytes, int Content);
}
