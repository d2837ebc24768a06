using System.Runtime.CompilerServices;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Support;

/// <summary>A platform with the one role that every provider has.</summary>
internal sealed class ReadOnlyPlatform : IVolumeProvider
{
    public ScriptedProvider Inner { get; } = new();

    public string Name => Inner.Name;

    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (VolumeDescriptor volume in Inner.ListVolumesAsync(cancellationToken))
        {
            yield return volume;
        }
    }

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        Inner.FindVolumeAsync(volume, cancellationToken);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        Inner.GetCapabilitiesAsync(volume, cancellationToken);

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) =>
        Inner.OpenReadAsync(source, cancellationToken);

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        Inner.OpenWriteAsync(volume, cancellationToken);
}
