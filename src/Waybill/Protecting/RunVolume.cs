using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>A volume during a run: what was asked for and what the platform says of it.</summary>
internal sealed record RunVolume(ProtectedVolume Request, IVolumeProvider Provider, VolumeDescriptor Descriptor, VolumeCapabilities Capabilities)
{
    public string Name => Request.Name;

    public bool IsTree => Descriptor.Kind == VolumeKind.FileTree;

    /// <summary>Gets the snapshot; <see langword="null"/> until it is taken.</summary>
    public SnapshotDescriptor? Snapshot { get; init; }

    public VolumeSource Source => new(Descriptor.Id, Snapshot?.Id);
}
