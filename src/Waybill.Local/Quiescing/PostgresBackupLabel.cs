namespace Waybill.Local;

/// <summary>What PostgreSQL gives at the end of its backup mode. A copy of the data directory is no backup without it.</summary>
/// <param name="LeaseId">The lease it ends.</param>
/// <param name="BackupLabel">What the file <c>backup_label</c> beside the restored data must hold.</param>
/// <param name="TablespaceMap">What the file <c>tablespace_map</c> must hold; empty if there must be none.</param>
/// <param name="EndPosition">How far the write-ahead log must be kept, such as <c>0/3000120</c>.</param>
public sealed record PostgresBackupLabel(string LeaseId, string BackupLabel, string TablespaceMap, string EndPosition);
