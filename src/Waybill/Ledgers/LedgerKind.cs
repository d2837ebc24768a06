namespace Waybill.Engine;

/// <summary>What a run can leave outside.</summary>
public enum LedgerKind
{
    /// <summary>A snapshot of one volume.</summary>
    Snapshot = 1,

    /// <summary>Snapshots of several volumes taken together.</summary>
    Group = 2,

    /// <summary>A volume that was made to restore to.</summary>
    Volume = 3,

    /// <summary>An application that is held still.</summary>
    Lease = 4,

    /// <summary>An unfinished bundle in the store.</summary>
    Upload = 5,
}
