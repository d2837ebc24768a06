namespace Waybill.Catalog;

/// <summary>In what way something is orphaned: data without an application, or an application without data.</summary>
public enum OrphanKind
{
    /// <summary>A bundle that nobody at hand can read, so that nobody knows whose it is.</summary>
    UnreadableBundle = 1,

    /// <summary>A point that cannot be gone back to, as a bundle it builds on is not there.</summary>
    MissingParent = 2,

    /// <summary>Bundles with the same id and different content.</summary>
    ConflictingBundles = 3,

    /// <summary>A volume of a platform that no point was ever made of.</summary>
    UnknownVolume = 4,

    /// <summary>A snapshot of a platform that no point was made from, or whose volume is not there.</summary>
    UnknownSnapshot = 5,

    /// <summary>An application that has had no point for longer than was allowed.</summary>
    StaleApplication = 6,

    /// <summary>An application none of whose bundles is there any more.</summary>
    ApplicationWithoutBundles = 7,

    /// <summary>A volume whose newest point is there and which its platform no longer has: only the bundles hold its data.</summary>
    MissingVolume = 8,

    /// <summary>A volume that is there and belongs to nobody any more: the claim that held it is gone.</summary>
    UnclaimedVolume = 9,
}
