using Google.Protobuf.WellKnownTypes;
using Waybill.Csi.Wire;

namespace Waybill.CsiModel;

/// <summary>A copy of a volume.</summary>
internal sealed record ModelSnapshot(string Id, string Name, ModelVolume Volume, string Path, long Length, long Number, Timestamp Time, string Group)
{
    public Snapshot Describe() => new()
    {
        SnapshotId = Id,
        SourceVolumeId = Volume.Id,
        SizeBytes = Length,
        CreationTime = Time,
        ReadyToUse = true,
        GroupSnapshotId = Group,
    };
}
