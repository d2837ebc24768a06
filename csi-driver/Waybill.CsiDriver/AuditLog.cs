using System.Globalization;
using Microsoft.Extensions.Logging;
using Waybill.Backup;

namespace Waybill.CsiDriver;

/// <summary>Writes one line for each call of the backup API to the log, whatever level of the log was chosen.</summary>
internal sealed partial class AuditLog(ILogger logger) : IBackupAudit
{
    /// <summary>The category of the lines, by which they are told from others.</summary>
    public const string Category = "audit";

    private const string Nothing = "-";

    /// <inheritdoc/>
    public void Record(BackupAuditEntry entry)
    {
        // What a caller was refused is named in no log: the name may be all that somebody wanted to know.
        bool isRefused = entry.Status is "PermissionDenied" or "Unauthenticated";
        string started = entry.Started.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        LogCall(
            logger,
            entry.Method,
            entry.Caller.Length > 0 ? entry.Caller : Nothing,
            entry.Peer,
            isRefused || entry.ObjectName.Length == 0 ? Nothing : entry.ObjectName,
            entry.Status,
            entry.Range.Offset,
            entry.Range.End,
            entry.Bytes,
            started,
            entry.Duration.TotalMilliseconds);
    }

    [LoggerMessage(
        EventId = 30,
        EventName = "BackupCall",
        Level = LogLevel.Information,
        Message = "method={Method} caller={Caller} peer={Peer} object={Object} status={Status} from={From} to={To} bytes={Bytes} started={Started} ms={Milliseconds:F1}")]
    private static partial void LogCall(
        ILogger logger, string method, string caller, string peer, string @object, string status, long from, long to, long bytes, string started, double milliseconds);
}
