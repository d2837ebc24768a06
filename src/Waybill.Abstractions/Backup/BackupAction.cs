namespace Waybill.Backup;

/// <summary>What a caller of the backup API wants to do with an object.</summary>
public enum BackupAction
{
    /// <summary>Read a snapshot: its ranges and its data.</summary>
    ReadSnapshot = 0,

    /// <summary>Write the volume of a claim.</summary>
    WriteClaim = 1,

    /// <summary>Take a bundle out of the store.</summary>
    ReadBundle = 2,

    /// <summary>Put a bundle into the store.</summary>
    WriteBundle = 3,

    /// <summary>List the applications, volumes and snapshots of a namespace; the object has no name then.</summary>
    List = 4,
}
