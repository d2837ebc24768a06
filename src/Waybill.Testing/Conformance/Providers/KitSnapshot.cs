using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A snapshot that the kit took, together with what it should hold.</summary>
internal sealed record KitSnapshot(SnapshotDescriptor Descriptor, KitVolume Volume, ModelSnapshot Model, long Window)
{
    public SnapshotId Id => Descriptor.Id;

    public VolumeSource Source => new(Volume.Id, Descriptor.Id);
}
