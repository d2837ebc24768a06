namespace Waybill.Backup;

/// <summary>Keeps a record of every call of the backup API.</summary>
public interface IBackupAudit
{
    /// <summary>Records a call that ended. It MUST NOT throw; a call is refused if the record cannot be begun.</summary>
    /// <param name="entry">The call.</param>
    void Record(BackupAuditEntry entry);
}
