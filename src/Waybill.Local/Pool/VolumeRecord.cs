namespace Waybill.Local;

/// <summary>A volume as the pool records it.</summary>
/// <remarks>
/// The request is what it was asked for with, in a form that can be compared; the owner is the open pool that works on it while it is not ready.
/// </remarks>
internal sealed record VolumeRecord(
    string Id, string Name, VolumeKind Kind, long Length, string StorageClass, string Request, Timestamp Created, RecordState State, string Owner)
{
    public bool IsThere => State is RecordState.Ready or RecordState.Growing;

    public VolumeDescriptor ToDescriptor() => new(new VolumeId(Id), Name, Length) { Kind = Kind, StorageClass = StorageClass, Created = Created };
}
