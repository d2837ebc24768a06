namespace Waybill.Engine;

/// <summary>What a run was for.</summary>
public enum LedgerPurpose
{
    /// <summary>Making a point.</summary>
    Protect = 1,

    /// <summary>Estimating a point.</summary>
    Plan = 2,

    /// <summary>Restoring a point.</summary>
    Restore = 3,
}
