namespace Waybill.Engine;

/// <summary>The steps of the ladder, the cheapest first.</summary>
public enum CopyStep
{
    /// <summary>What the platform says has changed is read.</summary>
    Delta = 1,

    /// <summary>What the platform has allocated is read, and compared with the parent if there is one; the rest is zeros.</summary>
    Allocated = 2,

    /// <summary>Everything is read and compared with the parent.</summary>
    Compare = 3,

    /// <summary>Everything is read and stored.</summary>
    Full = 4,

    /// <summary>A tree of files is walked; files that look unchanged are not read.</summary>
    Walk = 5,
}
