using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing.Tests;

/// <summary>A platform whose volumes are made elsewhere.</summary>
internal sealed class WithoutProvisioning(ScriptedProvider inner) : VolumesOnly(inner), ISnapshotProvider, IGroupSnapshotProvider, IChangeSource
{
    private readonly ScriptedProvider _inner = inner;

    public ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default) =>
        _inner.CreateSnapshotAsync(volume, name, cancellationToken);

    public ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) =>
        _inner.FindSnapshotAsync(snapshot, cancellationToken);

    public IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(VolumeId? volume = null, CancellationToken cancellationToken = default) =>
        _inner.ListSnapshotsAsync(volume, cancellationToken);

    public ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) =>
        _inner.DeleteSnapshotAsync(snapshot, cancellationToken);

    public ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default) =>
        _inner.CreateGroupAsync(volumes, name, cancellationToken);

    public ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default) => _inner.DeleteGroupAsync(name, cancellationToken);

    public IAsyncEnumerable<ByteRange> GetAllocatedAsync(VolumeId volume, SnapshotId snapshot, long startingOffset = 0, CancellationToken cancellationToken = default) =>
        _inner.GetAllocatedAsync(volume, snapshot, startingOffset, cancellationToken);

    public ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default) =>
        _inner.DiffAsync(volume, baseId, target, cancellationToken);
}
