namespace Waybill.Backup;

/// <summary>A snapshot under the name its users know it by.</summary>
/// <param name="Name">Its name in its namespace.</param>
/// <param name="Volume">The volume it was taken of.</param>
/// <param name="Snapshot">The platform's own name.</param>
public sealed record BackupPoint(string Name, VolumeId Volume, SnapshotId Snapshot);
