using System.Globalization;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What one scenario works with. Everything it makes is removed when it is disposed, whatever happened.</summary>
internal sealed class ProviderScope(IVolumeProvider provider, ConformanceOptions options, List<string> leftovers) : IAsyncDisposable
{
    private const int ReadLength = 256 * 1024;

    // Not a matter of the seed: a run that was killed must not be met again under the same names.
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly List<VolumeId> _volumes = [];
    private readonly List<SnapshotId> _snapshots = [];
    private readonly List<string> _groups = [];
    private int _lastName;
    private int _scratchUsed;

    public IVolumeProvider Provider { get; } = provider;

    public ConformanceOptions Options { get; } = options;

    public Random Random { get; } = new(options.Seed);

    public IVolumeProvisioner? Provisioner => Provider as IVolumeProvisioner;

    public ISnapshotProvider Snapshots => Role<ISnapshotProvider>();

    public IChangeSource Changes => Role<IChangeSource>();

    /// <summary>Begins another scope with other random choices, whose things are removed apart from this one's.</summary>
    public ProviderScope Fresh(int number) => new(Provider, Options with { Seed = Options.Seed + number }, leftovers);

    /// <summary>Gives a role; without it the scenario has nothing to check.</summary>
    public T Role<T>()
        where T : class =>
        Provider as T ?? throw new CheckSkippedException($"The provider does not implement {typeof(T).Name}.");

    public string NewName() => string.Create(CultureInfo.InvariantCulture, $"{Options.NamePrefix}-{_run}-{Interlocked.Increment(ref _lastName)}");

    /// <summary>Remembers that there may be a volume, so that it is removed.</summary>
    public void Track(VolumeId volume) => AddTo(_volumes, volume);

    /// <summary>Remembers that there may be a snapshot, so that it is removed.</summary>
    public void Track(SnapshotId snapshot) => AddTo(_snapshots, snapshot);

    /// <summary>Remembers that there may be a group, so that it is removed.</summary>
    public void TrackGroup(string name) => AddTo(_groups, name);

    /// <summary>Makes a volume that reads as zeros, or takes one that may be overwritten.</summary>
    public async Task<KitVolume> NewVolumeAsync(CancellationToken cancellationToken)
    {
        if (Provisioner is not null)
        {
            return await CreateAsync(new VolumeCreateRequest(NewName(), Options.VolumeLength), cancellationToken).ConfigureAwait(false);
        }

        if (_scratchUsed >= Options.ScratchVolumes.Length)
        {
            throw new CheckSkippedException($"The provider makes no volumes, and there is no scratch volume number {_scratchUsed + 1}.");
        }

        VolumeId id = Options.ScratchVolumes[_scratchUsed++];
        VolumeDescriptor descriptor = await Provider.FindVolumeAsync(id, cancellationToken).ConfigureAwait(false)
            ?? throw new CheckSkippedException($"There is no scratch volume {id}.");
        KitVolume volume = Open(descriptor);
        await WriteAsync(volume, writer => writer.WriteZeroesAsync(new ByteRange(0, volume.Window), cancellationToken), cancellationToken).ConfigureAwait(false);
        return volume;
    }

    /// <summary>Makes a volume as it is asked for.</summary>
    public async Task<KitVolume> CreateAsync(VolumeCreateRequest request, CancellationToken cancellationToken)
    {
        VolumeCreateRequest complete = request with { StorageClass = Options.StorageClass };
        VolumeDescriptor descriptor = await Role<IVolumeProvisioner>().CreateVolumeAsync(complete, cancellationToken).ConfigureAwait(false);
        Track(descriptor.Id);
        return Open(descriptor);
    }

    /// <summary>Writes to a volume and makes that durable.</summary>
    public async Task WriteAsync(KitVolume volume, Func<BlockWriter, ValueTask> write, CancellationToken cancellationToken)
    {
        BlockWriter writer = await Provider.OpenWriteAsync(volume.Id, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await write(writer).ConfigureAwait(false);
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes bytes to a volume and to its model.</summary>
    public Task WriteAsync(KitVolume volume, long offset, byte[] data, CancellationToken cancellationToken)
    {
        volume.Model.Write(offset, data);
        return WriteAsync(volume, writer => writer.WriteAsync(offset, data, cancellationToken), cancellationToken);
    }

    /// <summary>Takes a snapshot and waits until it can be read.</summary>
    public async Task<KitSnapshot> SnapshotAsync(KitVolume volume, CancellationToken cancellationToken)
    {
        SnapshotDescriptor taken = await Snapshots.CreateSnapshotAsync(volume.Id, NewName(), cancellationToken).ConfigureAwait(false);
        Track(taken.Id);
        return new KitSnapshot(await WaitUntilReadyAsync(taken, cancellationToken).ConfigureAwait(false), volume, volume.Model.TakeSnapshot(), volume.Window);
    }

    /// <summary>Waits until a snapshot can be read.</summary>
    public async Task<SnapshotDescriptor> WaitUntilReadyAsync(SnapshotDescriptor snapshot, CancellationToken cancellationToken)
    {
        long start = Options.TimeProvider.GetTimestamp();
        while (!snapshot.IsReady)
        {
            Verdicts.Require(Options.TimeProvider.GetElapsedTime(start) < Options.Patience, $"Snapshot {snapshot.Id} did not become readable in {Options.Patience}.");
            await Task.Delay(TimeSpan.FromSeconds(1), Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            snapshot = await Snapshots.FindSnapshotAsync(snapshot.Id, cancellationToken).ConfigureAwait(false)
                ?? throw new CheckFailedException($"Snapshot {snapshot.Id} is gone before it could be read.");
        }

        return snapshot;
    }

    /// <summary>Reads the beginning of a volume or snapshot.</summary>
    public async Task<byte[]> ReadAsync(VolumeSource source, long length, CancellationToken cancellationToken)
    {
        BlockReader reader = await Provider.OpenReadAsync(source, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return await ReadAsync(reader, new ByteRange(0, Math.Min(length, reader.Length)), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a range.</summary>
    public static async Task<byte[]> ReadAsync(BlockReader reader, ByteRange range, CancellationToken cancellationToken)
    {
        var content = new byte[range.Length];
        for (int done = 0; done < content.Length;)
        {
            int wanted = Math.Min(ReadLength, content.Length - done);
            int read = await reader.ReadAsync(range.Offset + done, content.AsMemory(done, wanted), cancellationToken).ConfigureAwait(false);
            Verdicts.Require(read == wanted, $"{read} instead of {wanted} bytes were read at offset {range.Offset + done}, before the end at {reader.Length}.");
            done += wanted;
        }

        return content;
    }

    public ValueTask<VolumeCapabilities> CapabilitiesAsync(KitVolume volume, CancellationToken cancellationToken) =>
        Provider.GetCapabilitiesAsync(volume.Id, cancellationToken);

    public byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        Random.NextBytes(bytes);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        // Not cancelled when the run is: what was made is removed.
        foreach (string group in _groups)
        {
            await RemoveAsync(() => ((IGroupSnapshotProvider)Provider).DeleteGroupAsync(group, CancellationToken.None), $"group {group}").ConfigureAwait(false);
        }

        foreach (SnapshotId snapshot in _snapshots)
        {
            await RemoveAsync(() => ((ISnapshotProvider)Provider).DeleteSnapshotAsync(snapshot, CancellationToken.None), $"snapshot {snapshot}").ConfigureAwait(false);
        }

        // The last one first: clones before what they were made of.
        foreach (VolumeId volume in Enumerable.Reverse(_volumes))
        {
            await RemoveAsync(() => Provisioner!.DeleteVolumeAsync(volume, CancellationToken.None), $"volume {volume}").ConfigureAwait(false);
        }
    }

    private KitVolume Open(VolumeDescriptor descriptor) => new(descriptor, Math.Min(Options.VolumeLength, descriptor.Length));

    private static void AddTo<T>(List<T> list, T item)
    {
        lock (list)
        {
            if (!list.Contains(item))
            {
                list.Add(item);
            }
        }
    }

    private async Task RemoveAsync(Func<ValueTask> remove, string what)
    {
        try
        {
            await remove().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            leftovers.Add($"{what} could not be removed: {Verdicts.Describe(failure)}");
        }
    }
}
