namespace Waybill.Engine;

/// <summary>What is known of something a run made outside.</summary>
public enum LedgerState
{
    /// <summary>It was about to be made; it may exist.</summary>
    Intended = 0,

    /// <summary>It exists.</summary>
    Created = 1,

    /// <summary>It is gone.</summary>
    Released = 2,

    /// <summary>It belongs to a point, or to whoever asked for it, and stays.</summary>
    Kept = 3,
}
