namespace Waybill.Kubernetes;

/// <summary>A snapshot of a group, with what its driver knows it by.</summary>
internal sealed record GroupMember(SnapshotObject Snapshot, SnapshotContentObject Content);
