namespace Waybill.Bundles;

/// <summary>How a writer knew what to store of a stream.</summary>
public enum ChangeKind
{
    /// <summary>Not stated.</summary>
    Unspecified = 0,

    /// <summary>Everything was read and stored.</summary>
    FullRead = 1,

    /// <summary>Everything was read and compared with the parent.</summary>
    HashCompare = 2,

    /// <summary>A list of changed ranges was trusted.</summary>
    ChangedRanges = 3,

    /// <summary>Files whose metadata is unchanged were not read.</summary>
    FileWalk = 4,

    /// <summary>The stream was made by merging a chain.</summary>
    Merged = 5,
}
