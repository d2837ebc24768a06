namespace Waybill.Providers;

/// <summary>What a change id of a platform is.</summary>
public enum ChangeIdKind
{
    /// <summary>There are none.</summary>
    None = 0,

    /// <summary>The name of a snapshot; changes are the difference of two.</summary>
    Snapshot = 1,

    /// <summary>A counter or token that means something to the platform only.</summary>
    Opaque = 2,

    /// <summary>A live record of writes since it was begun, such as a dirty bitmap.</summary>
    Checkpoint = 3,
}
