namespace Waybill.Local;

/// <summary>How a PostgreSQL server is made consistent.</summary>
public enum PostgresQuiesceMode
{
    /// <summary>A checkpoint, then another quiescer holds the file systems. The copy is whole by itself and recovers in a moment.</summary>
    Checkpoint,

    /// <summary>
    /// The server's backup mode. Nothing stops, and the data directory may be copied while it changes; but the copy needs the backup label, and the
    /// write-ahead log up to the end of the backup, from an archive.
    /// </summary>
    BackupMode,
}
