using System.Runtime.CompilerServices;
using Waybill.Backup;
using Waybill.Providers;

namespace Waybill.Mover;

/// <summary>What the pod has attached, as a platform that has one volume, which is a snapshot of itself at the same time.</summary>
internal abstract class ServedVolume(MoverOptions options, VolumeDescriptor volume) : IVolumeProvider, ISnapshotProvider, IBackupDirectory
{
    protected static readonly VolumeId Volume = new("volume");

    private static readonly SnapshotId s_snapshot = new("volume");

    public string Name => "mover";

    protected MoverOptions Options => options;

    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        yield return (await FindVolumeAsync(Volume, cancellationToken))!;
    }

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId id, CancellationToken cancellationToken = default) => ValueTask.FromResult(id == Volume ? volume : null);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId id, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new VolumeCapabilities());

    public virtual ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => throw Unsupported();

    public virtual ValueTask<BlockWriter> OpenWriteAsync(VolumeId id, CancellationToken cancellationToken = default) => throw Unsupported();

    public ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId id, string name, CancellationToken cancellationToken = default) => throw Unsupported();

    public ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(snapshot == s_snapshot ? new SnapshotDescriptor(s_snapshot, Volume, options.Name, default, volume.Length) : null);

    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(VolumeId? id = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        yield return (await FindSnapshotAsync(s_snapshot, cancellationToken))!;
    }

    public ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) => throw Unsupported();

    public IAsyncEnumerable<BackupVolume> ListVolumesAsync(string objectNamespace, CancellationToken cancellationToken = default) =>
        ListAsync(objectNamespace, new BackupVolume(Volume, options.Name));

    public IAsyncEnumerable<BackupPoint> ListPointsAsync(string objectNamespace, CancellationToken cancellationToken = default) =>
        ListAsync(objectNamespace, new BackupPoint(options.Name, Volume, s_snapshot));

    public ValueTask<BackupPoint?> FindPointAsync(string objectNamespace, string name, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(IsMeant(objectNamespace, name) ? new BackupPoint(name, Volume, s_snapshot) : null);

    public ValueTask<BackupVolume?> FindClaimAsync(string objectNamespace, string claim, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(IsMeant(objectNamespace, claim) ? new BackupVolume(Volume, claim) : null);

    protected static ProviderException Unsupported() => new(WaybillErrorCode.ProviderUnsupported, "mover", "A mover cannot do that");

    private bool IsMeant(string objectNamespace, string name) => (objectNamespace, name) == (options.Namespace, options.Name);

    private IAsyncEnumerable<T> ListAsync<T>(string objectNamespace, T one) => (objectNamespace == options.Namespace ? [one] : Array.Empty<T>()).ToAsyncEnumerable();
}
