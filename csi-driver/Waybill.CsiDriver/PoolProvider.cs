using System.Collections.Immutable;
using Waybill.Csi;
using Waybill.Local;
using Waybill.Providers;

namespace Waybill.CsiDriver;

/// <summary>A pool as the storage platform of the driver: what it can do, and how much room it has.</summary>
internal sealed class PoolProvider(LocalProvider pool, string directory)
    : IVolumeProvider, IVolumeProvisioner, ISnapshotProvider, IGroupSnapshotProvider, IChangeSource, ICapacitySource
{
    /// <inheritdoc/>
    public string Name => pool.Name;

    /// <inheritdoc/>
    public IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync(CancellationToken cancellationToken = default) => pool.ListVolumesAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        pool.FindVolumeAsync(volume, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        pool.GetCapabilitiesAsync(volume, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => pool.OpenReadAsync(source, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) => pool.OpenWriteAsync(volume, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default) =>
        pool.CreateVolumeAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => pool.DeleteVolumeAsync(volume, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default) =>
        pool.GrowVolumeAsync(volume, length, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default) =>
        pool.CreateSnapshotAsync(volume, name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) =>
        pool.FindSnapshotAsync(snapshot, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(VolumeId? volume = null, CancellationToken cancellationToken = default) =>
        pool.ListSnapshotsAsync(volume, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) => pool.DeleteSnapshotAsync(snapshot, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(
        IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default) => pool.CreateGroupAsync(volumes, name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default) => pool.DeleteGroupAsync(name, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, CancellationToken cancellationToken = default) =>
        pool.GetAllocatedAsync(volume, snapshot, startingOffset, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default) =>
        pool.DiffAsync(volume, baseId, target, cancellationToken);

    /// <summary>Says how much room the file system of the pool has. Volumes take room as they are written, so larger ones can be made.</summary>
    /// <inheritdoc/>
    public ValueTask<CapacityReport> GetCapacityAsync(CapacityQuery query, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (query.Parameters.Count > 0)
        {
            throw new ProviderException(WaybillErrorCode.ProviderUnsupported, Name, $"There is no parameter '{query.Parameters.Keys.First()}'");
        }

        try
        {
            return ValueTask.FromResult(new CapacityReport(new DriveInfo(directory).AvailableFreeSpace));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.ProviderFailed, Name, $"The pool cannot be asked for its room: {e.Message}", e) { ObjectName = directory };
        }
    }
}
