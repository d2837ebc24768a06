using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Mover;

/// <summary>The block device of the pod.</summary>
internal sealed class DeviceVolume : ServedVolume
{
    private readonly long _length;

    private DeviceVolume(MoverOptions options, long length)
        : base(options, new VolumeDescriptor(Volume, options.Name, length)) => _length = length;

    /// <summary>Opens the device once, to find out whether it is what was meant.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/> if it cannot be read or is too small.</exception>
    public static async Task<DeviceVolume> OpenAsync(MoverOptions options)
    {
        await using FileBlockReader device = FileBlockReader.Open(options.Device);
        return device.Length >= options.Length ? new DeviceVolume(options, options.Length > 0 ? options.Length : device.Length)
            : throw new ProviderException(WaybillErrorCode.SourceReadFailed, "mover", $"The device has {device.Length} bytes, and the volume {options.Length}") { ObjectName = options.Device };
    }

    public override ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<BlockReader>(new FirstPart(FileBlockReader.Open(Options.Device), _length));

    public override ValueTask<BlockWriter> OpenWriteAsync(VolumeId id, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<BlockWriter>(Options.IsWritable ? FileBlockWriter.OpenExisting(Options.Device) : throw Unsupported());

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
