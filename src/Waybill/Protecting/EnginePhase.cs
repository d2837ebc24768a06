namespace Waybill.Engine;

/// <summary>What a run does.</summary>
public enum EnginePhase
{
    /// <summary>Looking for volumes, the parent, and what an interrupted run left.</summary>
    Preparing = 0,

    /// <summary>Holding the application still.</summary>
    Quiescing = 1,

    /// <summary>Taking snapshots.</summary>
    Snapshotting = 2,

    /// <summary>Asking what changed.</summary>
    Comparing = 3,

    /// <summary>Copying content.</summary>
    Copying = 4,

    /// <summary>Reading back what was written.</summary>
    Verifying = 5,

    /// <summary>Committing and cleaning up.</summary>
    Committing = 6,
}
