using Waybill.Csi.Wire;
using Waybill.Providers;
using WireTimestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Waybill.Csi;

/// <summary>Describes snapshots as the interface has them.</summary>
internal static class WireSnapshots
{
    public static Snapshot Describe(SnapshotDescriptor snapshot) => new()
    {
        SnapshotId = snapshot.Id.ToString(),
        SourceVolumeId = snapshot.Volume.ToString(),
        SizeBytes = snapshot.Length,
        CreationTime = Time(snapshot.Created),
        ReadyToUse = snapshot.IsReady,
        GroupSnapshotId = snapshot.Group,
    };

    public static WireTimestamp Time(Timestamp time) => new() { Seconds = time.Seconds, Nanos = time.Nanoseconds };
}
