using System.Collections.Concurrent;
using Waybill.Backup;

namespace Waybill.Kubernetes.Tests;

/// <summary>What the backup API was asked for.</summary>
internal sealed class RecordedCalls : ConcurrentQueue<BackupAuditEntry>, IBackupAudit
{
    public void Record(BackupAuditEntry entry) => Enqueue(entry);
}
