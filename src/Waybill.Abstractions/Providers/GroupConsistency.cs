namespace Waybill.Providers;

/// <summary>What a snapshot of several volumes at once is worth.</summary>
public enum GroupConsistency
{
    /// <summary>There are no such snapshots.</summary>
    None = 0,

    /// <summary>The volumes are taken one shortly after the other.</summary>
    Loose = 1,

    /// <summary>If a write is in, every write acknowledged before it is in, whatever volume it went to.</summary>
    WriteOrder = 2,
}
