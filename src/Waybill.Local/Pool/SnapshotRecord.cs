namespace Waybill.Local;

/// <summary>A snapshot as the pool records it.</summary>
/// <remarks>
/// One that shares the blocks of its volume can have changes computed from it; the owner is the open pool that works on it while it is not ready.
/// </remarks>
internal sealed record SnapshotRecord(
    string Id, string Volume, string Name, string Group, VolumeKind Kind, long Length, bool Shares, Timestamp Created, RecordState State, string Owner)
{
    public SnapshotDescriptor ToDescriptor() => new(new SnapshotId(Id), new VolumeId(Volume), Name, Created, Length)
    {
        Group = Group,
        ChangeId = Shares || Kind == VolumeKind.FileTree ? LocalChangeId.Make(Volume, Id) : null,
    };
}
