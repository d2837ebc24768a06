namespace Waybill.Kubernetes;

/// <summary>What a restore does, or did, with an object of a point.</summary>
public enum RestoreAction
{
    /// <summary>It is created.</summary>
    Create = 1,

    /// <summary>An existing one is updated.</summary>
    Update = 2,

    /// <summary>An existing one is deleted and created anew.</summary>
    Replace = 3,

    /// <summary>The existing one is what it should be.</summary>
    Unchanged = 4,

    /// <summary>An existing one stays as it is, although it differs.</summary>
    Skip = 5,

    /// <summary>It is not restored, as something else makes it or it means nothing elsewhere.</summary>
    LeaveOut = 6,

    /// <summary>The existing one differs, and that ends the restore before it begins.</summary>
    Conflict = 7,
}
