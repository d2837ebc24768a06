using System.Runtime.CompilerServices;
using Waybill.Backup;
using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Mover;

/// <summary>The block device of the pod as a platform that has one volume, which is a snapshot of itself at the same time.</summary>
internal sealed class DeviceVolume : IVolumeProvider, ISnapshotProvider, IBackupDirectory
{
    private static readonly VolumeId s_volume = new("volume");
    private static readonly SnapshotId s_snapshot = new("volume");

    private readonly MoverOptions _options;
    private readonly long _length;

    private DeviceVolume(MoverOptions options, long length)
    {
        _options = options;
        _length = length;
    }

    public string Name => "mover";

    /// <summary>Opens the device once, to find out whether it is what was meant.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/> if it cannot be read or is too small.</exception>
    public static async Task<DeviceVolume> OpenAsync(MoverOptions options)
    {
        await using FileBlockReader device = FileBlockReader.Open(options.Device);
        return device.Length >= options.Length ? new DeviceVolume(options, options.Length > 0 ? options.Length : device.Length)
            : throw new ProviderException(WaybillErrorCode.SourceReadFailed, "mover", $"The device has {device.Length} bytes, and the volume {options.Length}") { ObjectName = options.Device };
    }

    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        yield return (await FindVolumeAsync(s_volume, cancellationToken))!;
    }

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(volume == s_volume ? new VolumeDescriptor(s_volume, _options.Name, _length) : null);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new VolumeCapabilities());

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<BlockReader>(new FirstPart(FileBlockReader.Open(_options.Device), _length));

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<BlockWriter>(_options.IsWritable ? FileBlockWriter.OpenExisting(_options.Device) : throw Unsupported());

    public ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default) => throw Unsupported();

    public ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(snapshot == s_snapshot ? new SnapshotDescriptor(s_snapshot, s_volume, _options.Name, default, _length) : null);

    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        yield return (await FindSnapshotAsync(s_snapshot, cancellationToken))!;
    }

    public ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) => throw Unsupported();

    public IAsyncEnumerable<BackupVolume> ListVolumesAsync(string objectNamespace, CancellationToken cancellationToken = default) =>
        ListAsync(objectNamespace, new BackupVolume(s_volume, _options.Name));

    public IAsyncEnumerable<BackupPoint> ListPointsAsync(string objectNamespace, CancellationToken cancellationToken = default) =>
        ListAsync(objectNamespace, new BackupPoint(_options.Name, s_volume, s_snapshot));

    public ValueTask<BackupPoint?> FindPointAsync(string objectNamespace, string name, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(IsMeant(objectNamespace, name) ? new BackupPoint(name, s_volume, s_snapshot) : null);

    public ValueTask<BackupVolume?> FindClaimAsync(string objectNamespace, string claim, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(IsMeant(objectNamespace, claim) ? new BackupVolume(s_volume, claim) : null);

    private bool IsMeant(string objectNamespace, string name) => (objectNamespace, name) == (_options.Namespace, _options.Name);

    private IAsyncEnumerable<T> ListAsync<T>(string objectNamespace, T one) => (objectNamespace == _options.Namespace ? [one] : Array.Empty<T>()).ToAsyncEnumerable();

    private static ProviderException Unsupported() => new(WaybillErrorCode.ProviderUnsupported, "mover", "A mover cannot do that");

    /// <summary>A device may be larger than what it was made of: what is behind that is nobody's.</summary>
    private sealed class FirstPart(FileBlockReader device, long length) : BlockReader
    {
        public override long Length => length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, length);
            return device.ReadAsync(offset, destination[..(int)Math.Min(destination.Length, length - offset)], cancellationToken);
        }

        public override async ValueTask DisposeAsync()
        {
            await device.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
