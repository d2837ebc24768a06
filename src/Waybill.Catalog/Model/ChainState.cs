namespace Waybill.Catalog;

/// <summary>Whether a point can be gone back to.</summary>
public enum ChainState
{
    /// <summary>The bundle and everything it builds on is there and could be read.</summary>
    Complete = 0,

    /// <summary>The bundle is there, and something it builds on is not.</summary>
    ParentMissing = 1,

    /// <summary>The bundle itself is no longer anywhere; what is known of it is all that is left.</summary>
    Gone = 2,

    /// <summary>Another bundle has the id of this one and other content. Which is right is for a person to find out.</summary>
    Conflict = 3,
}
