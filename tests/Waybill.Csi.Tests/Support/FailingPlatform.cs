using System.Collections.Immutable;
using Waybill.Providers;
using Properties = System.Collections.Immutable.ImmutableSortedDictionary<string, string>;

namespace Waybill.Csi.Tests.Support;

/// <summary>A platform with every role, each call of which fails.</summary>
internal sealed class FailingPlatform(Func<Exception> failure) :
    IVolumeProvider, IVolumeProvisioner, ISnapshotProvider, IGroupSnapshotProvider, IChangeSource,
    ICapacitySource, IVolumeModifier, IVolumePublisher, IVolumeHealth, IVolumeTopology, IVolumeContextSource
{
    public string Name => "failing";

    public ValueTask<CapacityReport> GetCapacityAsync(CapacityQuery query, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask ModifyVolumeAsync(VolumeId volume, Properties parameters, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<Properties> PublishAsync(VolumePublishRequest request, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask UnpublishAsync(VolumeId volume, string? nodeId, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<ImmutableArray<string>> GetNodesAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<VolumeHealth> GetHealthAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<VolumeCreateRequest> PlaceAsync(VolumeCreateRequest request, ImmutableArray<Properties> allowed, CancellationToken cancellationToken = default) =>
        throw failure();

    public ImmutableArray<Properties> GetPlaces(VolumeDescriptor volume) => throw failure();

    public Properties GetContext(VolumeDescriptor volume) => throw failure();

    public IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync(CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) => throw failure();

    public IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(VolumeId? volume = null, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(
        IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default) => throw failure();

    public ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default) => throw failure();

    public IAsyncEnumerable<ByteRange> GetAllocatedAsync(VolumeId volume, SnapshotId snapshot, long startingOffset = 0, CancellationToken cancellationToken = default) =>
        throw failure();

    public ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default) => throw failure();
}
