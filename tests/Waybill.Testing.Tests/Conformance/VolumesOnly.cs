using Waybill.Providers;

namespace Waybill.Testing.Tests;

/// <summary>A platform with the one role that every platform has.</summary>
internal class VolumesOnly(ScriptedProvider inner) : IVolumeProvider
{
    public string Name => inner.Name;

    public IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync(CancellationToken cancellationToken = default) => inner.ListVolumesAsync(cancellationToken);

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => inner.FindVolumeAsync(volume, cancellationToken);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        inner.GetCapabilitiesAsync(volume, cancellationToken);

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => inner.OpenReadAsync(source, cancellationToken);

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) => inner.OpenWriteAsync(volume, cancellationToken);
}
