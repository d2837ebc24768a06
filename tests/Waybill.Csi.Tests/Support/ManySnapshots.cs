using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Csi.Tests.Support;

/// <summary>A platform with many snapshots and nothing else.</summary>
internal sealed class ManySnapshots(IReadOnlyList<VolumeId> volumes, int each) : IVolumeProvider, ISnapshotProvider
{
    private readonly SnapshotDescriptor[] _all =
    [
        .. volumes.SelectMany(volume => Enumerable.Range(0, each).Select(number =>
            new SnapshotDescriptor(new SnapshotId($"snap-{volume}-{number}"), volume, $"s-{volume}-{number}", new Timestamp(number, 0), 4096))),
    ];

    public string Name => "many";

    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(
        VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (SnapshotDescriptor snapshot in _all.Where(snapshot => volume is null || snapshot.Volume == volume))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return snapshot;
        }
    }

    public ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Array.Find(_all, known => known.Id == snapshot));

    public ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default) => throw Unsupported();

    public ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) => throw Unsupported();

    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (VolumeId volume in volumes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new VolumeDescriptor(volume, volume.ToString(), 4096);
        }
    }

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(volumes.Contains(volume) ? new VolumeDescriptor(volume, volume.ToString(), 4096) : null);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new VolumeCapabilities { Snapshots = true });

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => throw Unsupported();

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw Unsupported();

    private ProviderException Unsupported() => new(WaybillErrorCode.ProviderUnsupported, Name, "This platform only lists.");
}
