using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray;

/// <summary>A volume: its content now and the journal of its writes. Everything is guarded by the array's gate.</summary>
internal sealed class ArrayVolume(VolumeId id, VolumeCreateRequest request, Timestamp created, ChangeJournal journal)
{
    public VolumeId Id { get; } = id;

    public VolumeCreateRequest Request { get; } = request;

    public ChangeJournal Journal { get; } = journal;

    public ThinContent Content { get; set; } = ThinContent.Empty;

    public long Length { get; set; } = request.Length;

    public bool IsWritten { get; set; }

    public VolumeDescriptor Describe() => new(Id, Request.Name, Length) { StorageClass = Request.StorageClass, Created = created };
}
