using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A volume of a <see cref="ScriptedProvider"/>.</summary>
internal sealed class ScriptedVolume(VolumeId id, VolumeCreateRequest request, Timestamp created, Lock gate)
{
    public VolumeId Id { get; } = id;

    public VolumeCreateRequest Request { get; } = request;

    public ModelDisk Disk { get; } = new(request.Length, gate);

    public ModelTree Tree { get; } = new();

    public bool IsWritten { get; set; }

    public VolumeDescriptor Describe() => new(Id, Request.Name, Request.Kind == VolumeKind.FileTree ? 0 : Disk.Length)
    {
        Kind = Request.Kind,
        StorageClass = Request.StorageClass,
        Created = created,
    };
}
