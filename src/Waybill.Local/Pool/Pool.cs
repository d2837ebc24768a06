namespace Waybill.Local;

/// <summary>An open pool: its record, its files, and the promise that each says what the other holds, whenever a process ends.</summary>
/// <remarks>
/// A record is there before the first file and goes after the last. What is not ready has an owner; whoever finds an owner dead takes over what it left,
/// under the lock of the database, and finishes or undoes it.
/// </remarks>
internal sealed class Pool : IDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);

    private readonly OwnerLock _lock;
    private readonly IReadOnlyList<AttachedVolume> _attached;
    private readonly Action<string>? _step;
    private readonly TimeProvider _time;
    private int _disposed;

    private Pool(PoolLayout layout, PoolFiles files, PoolDatabase records, OwnerLock ownerLock, LocalProviderOptions options)
    {
        Layout = layout;
        Files = files;
        Records = records;
        Provider = options.Name;
        _lock = ownerLock;
        _attached = options.Attached;
        _step = options.Step;
        _time = options.TimeProvider;
    }

    public PoolLayout Layout { get; }

    public PoolFiles Files { get; }

    public PoolDatabase Records { get; }

    public string Provider { get; }

    /// <summary>Gets the name that this open pool has in records.</summary>
    public string Owner => _lock.Owner;

    public Timestamp Now => Timestamp.From(_time.GetUtcNow());

    /// <summary>Opens a pool, makes it if it is missing, and cleans up after processes that ended in the middle of something.</summary>
    public static Pool Open(LocalProviderOptions options)
    {
        var layout = new PoolLayout(options.PoolDirectory);
        layout.Make(options.Name);
        OwnerLock ownerLock = OwnerLock.Take(layout.Owners, options.Name);
        PoolDatabase? records = null;
        try
        {
            records = PoolDatabase.Open(layout.Database, options.Name);
            var pool = new Pool(layout, new PoolFiles(options.Name, PoolFiles.Probe(layout.Owners)), records, ownerLock, options);
            pool.CleanUp();
            return pool;
        }
        catch
        {
            records?.Dispose();
            ownerLock.Dispose();
            throw;
        }
    }

    /// <summary>Makes an id that no other object had or will have; later ones sort behind earlier ones.</summary>
    public string NewId(string prefix) => prefix + Guid.CreateVersion7(_time.GetUtcNow()).ToString("N");

    /// <summary>Marks a place between two steps.</summary>
    public void Step(string name) => _step?.Invoke(name);

    /// <summary>Waits while another open pool works on a volume, or takes over what it left if it is gone. The name must be locked in this pool.</summary>
    public Task WaitForAsync(VolumeRecord volume, CancellationToken cancellationToken)
    {
        if (volume.Owner != Owner)
        {
            return WaitForOwnerAsync(volume.Owner, cancellationToken);
        }

        // Nobody else in this pool works on it, as its name is locked: it is left from a failure.
        if (volume.State == RecordState.Growing)
        {
            FinishGrow(volume);
        }
        else
        {
            Undo(volume);
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits while another open pool works on snapshots, or takes over what it left if it is gone. The name must be locked in this pool.</summary>
    public Task WaitForAsync(IReadOnlyList<SnapshotRecord> snapshots, CancellationToken cancellationToken)
    {
        if (snapshots[0].Owner != Owner)
        {
            return WaitForOwnerAsync(snapshots[0].Owner, cancellationToken);
        }

        Undo(snapshots);
        return Task.CompletedTask;
    }

    /// <summary>Finishes removing a volume that is marked for it.</summary>
    public void FinishDelete(VolumeRecord volume)
    {
        Files.Remove(Layout.GetVolumePath(volume.Id, volume.Kind), volume.Kind);
        Step("volume-delete-files");
        Records.Write(connection => VolumeRecords.Remove(connection, volume.Id));
    }

    /// <summary>Finishes removing a snapshot that is marked for it.</summary>
    public void FinishDelete(SnapshotRecord snapshot)
    {
        Files.Remove(Layout.GetSnapshotPath(snapshot.Id, snapshot.Kind), snapshot.Kind);
        Step("snapshot-delete-files");
        Records.Write(connection => SnapshotRecords.Remove(connection, snapshot.Id));
    }

    /// <summary>Undoes making a volume.</summary>
    public void Undo(VolumeRecord volume)
    {
        Records.Write(connection => VolumeRecords.SetState(connection, volume.Id, RecordState.Deleting, Owner));
        FinishDelete(volume);
    }

    /// <summary>Undoes making snapshots.</summary>
    public void Undo(IReadOnlyList<SnapshotRecord> snapshots)
    {
        Records.Write(connection => snapshots.Sum(snapshot => SnapshotRecords.SetState(connection, snapshot.Id, RecordState.Deleting, Owner)));
        foreach (SnapshotRecord snapshot in snapshots)
        {
            FinishDelete(snapshot);
        }
    }

    /// <summary>Finishes making a volume larger.</summary>
    public void FinishGrow(VolumeRecord volume)
    {
        Files.Grow(Layout.GetVolumePath(volume.Id, volume.Kind), volume.Length);
        Step("volume-grow-file");
        Records.Write(connection => VolumeRecords.FinishGrow(connection, volume.Id, Owner));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Records.Dispose();
            _lock.Dispose();
        }
    }

    /// <summary>Ends as the end of the process would: nothing is finished, nothing is cleaned up.</summary>
    internal void Abandon()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Records.Dispose();
            _lock.Abandon();
        }
    }

    private Task WaitForOwnerAsync(string owner, CancellationToken cancellationToken)
    {
        if (OwnerLock.IsDead(Layout.Owners, owner))
        {
            TakeOver(owner);
            return Task.CompletedTask;
        }

        // Another process: nothing of it can be waited for but its records.
        return Task.Delay(s_poll, _time, cancellationToken);
    }

    private void CleanUp()
    {
        foreach (string owner in OwnerLock.FindDead(Layout.Owners).ToList())
        {
            TakeOver(owner);
            OwnerLock.Forget(Layout.Owners, owner);
        }
    }

    private void TakeOver(string owner)
    {
        (List<VolumeRecord> volumes, List<SnapshotRecord> snapshots) = Records.Write(connection =>
        {
            List<VolumeRecord> volumes = VolumeRecords.ListUnfinished(connection, owner);
            List<SnapshotRecord> snapshots = SnapshotRecords.ListUnfinished(connection, owner);
            foreach (VolumeRecord volume in volumes)
            {
                VolumeRecords.SetState(connection, volume.Id, volume.State == RecordState.Growing ? RecordState.Growing : RecordState.Deleting, Owner);
            }

            foreach (SnapshotRecord snapshot in snapshots)
            {
                SnapshotRecords.SetState(connection, snapshot.Id, RecordState.Deleting, Owner);
            }

            return (volumes, snapshots);
        });

        LeftFrozen.Thaw(snapshots.Where(snapshot => snapshot is { State: RecordState.Creating, Group.Length: > 0 }).Select(GetImage));

        // Snapshots first: they are what fills a disk.
        foreach (SnapshotRecord snapshot in snapshots)
        {
            Try(() => FinishDelete(snapshot));
        }

        foreach (VolumeRecord volume in volumes)
        {
            Try(() =>
            {
                if (volume.State == RecordState.Growing)
                {
                    FinishGrow(volume);
                }
                else
                {
                    FinishDelete(volume);
                }
            });
        }
    }

    private string GetImage(SnapshotRecord snapshot) =>
        _attached.FirstOrDefault(volume => volume.Name == snapshot.Volume)?.Path ?? Layout.GetVolumePath(snapshot.Volume, snapshot.Kind);

    // What cannot be finished now stays recorded as this pool's, and is tried again by whoever comes after it: it must not keep the pool from being used.
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (ProviderException)
        {
        }
    }
}
