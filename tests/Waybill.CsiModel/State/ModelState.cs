using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Waybill.Csi.Wire;

namespace Waybill.CsiModel;

/// <summary>What stands for the storage platform: it outlives the server in front of it. All members are used with <see cref="Gate"/> held.</summary>
internal sealed class ModelState : IDisposable
{
    private readonly string _directory;
    private long _lastNumber;

    public ModelState(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
    }

    public Lock Gate { get; } = new();

    public SemaphoreSlim FreezeGate { get; } = new(1, 1);

    public Dictionary<string, ModelVolume> Volumes { get; } = [];

    public Dictionary<string, ModelSnapshot> Snapshots { get; } = [];

    public Dictionary<string, ModelGroup> Groups { get; } = [];

    /// <summary>Gets volumes that are listed although they are gone, or nobody was told of them.</summary>
    public List<Volume> Ghosts { get; } = [];

    /// <summary>Gets snapshots that are listed although they are gone.</summary>
    public List<Snapshot> GhostSnapshots { get; } = [];

    /// <summary>Gets the names that a call is pending for.</summary>
    public ConcurrentDictionary<string, bool> Pending { get; } = [];

    /// <summary>Gets what the last request for a volume was told.</summary>
    public ModelRequest? LastRequest { get; private set; }

    /// <summary>Gets how often something was made or removed.</summary>
    public long Changes { get; private set; }

    public int ObjectCount
    {
        get
        {
            lock (Gate)
            {
                return Volumes.Count + Snapshots.Count + Groups.Count;
            }
        }
    }

    public ModelVolume AddVolume(CreateVolumeRequest request, long capacity, string? source)
    {
        string id = NewId("volume");
        LastRequest = new ModelRequest(request.Parameters.ToDictionary(), request.Secrets.ToDictionary());
        ModelVolume volume = new(id, Path.Combine(_directory, id), request, capacity);
        if (volume.IsBlock)
        {
            Copy(source, volume.Path, true, capacity);
        }
        else
        {
            Copy(source, volume.Path, false, 0);
        }

        Volumes.Add(id, volume);
        Changes++;
        return volume;
    }

    public void RemoveVolume(ModelVolume volume)
    {
        Volumes.Remove(volume.Id);
        Remove(volume.Path);
        Changes++;
    }

    public ModelSnapshot AddSnapshot(string name, ModelVolume volume, string group = "")
    {
        string id = NewId("snapshot");
        long number = _lastNumber;
        ModelSnapshot snapshot = new(id, name, volume, Path.Combine(_directory, id), volume.Capacity, number, Now(), group);
        Copy(volume.Path, snapshot.Path, volume.IsBlock, volume.Capacity);
        Snapshots.Add(id, snapshot);
        Changes++;
        return snapshot;
    }

    public void RemoveSnapshot(ModelSnapshot snapshot)
    {
        Snapshots.Remove(snapshot.Id);
        Remove(snapshot.Path);
        Changes++;
    }

    public ModelGroup AddGroup(string name, string id, IReadOnlyList<ModelSnapshot> members)
    {
        ModelGroup group = new(id, name, members);
        Groups.Add(group.Id, group);
        return group;
    }

    public string NewId(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{++_lastNumber:D6}");

    /// <summary>Forgets what a faulty driver forgets when it is restarted.</summary>
    public void Restart(Faults faults)
    {
        lock (Gate)
        {
            if (faults.Break("csi.restart.volumes"))
            {
                Volumes.Clear();
            }

            if (faults.Break("csi.restart.snapshots"))
            {
                Snapshots.Clear();
            }

            if (faults.Break("csi.restart.published"))
            {
                // As drivers do that clean up when they start, and take away what pods are using.
                foreach (ModelVolume volume in Volumes.Values)
                {
                    volume.Published.Keys.ToList().ForEach(File.Delete);
                    volume.Published.Clear();
                }
            }
        }
    }

    public void Dispose()
    {
        FreezeGate.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static Timestamp Now() => Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow());

    private static void Copy(string? from, string to, bool isBlock, long length)
    {
        if (isBlock)
        {
            if (from is null)
            {
                using FileStream fresh = File.Create(to);
                fresh.SetLength(length);
                return;
            }

            File.Copy(from, to);
            using FileStream file = new(to, FileMode.Open);
            file.SetLength(Math.Max(length, file.Length));
            return;
        }

        Directory.CreateDirectory(to);
        foreach (string file in from is null ? [] : Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }
}
