using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A volume that the kit writes, together with what it should hold.</summary>
internal sealed class KitVolume(VolumeDescriptor descriptor, long window)
{
    public VolumeDescriptor Descriptor { get; } = descriptor;

    public VolumeId Id => Descriptor.Id;

    /// <summary>Gets how much of it is written and compared.</summary>
    public long Window { get; set; } = window;

    /// <summary>Gets what it should hold.</summary>
    public ModelDisk Model { get; } = new(descriptor.Length);
}
