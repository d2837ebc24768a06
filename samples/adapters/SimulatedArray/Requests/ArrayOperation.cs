namespace Waybill.Samples.SimulatedArray;

/// <summary>The requests an array knows.</summary>
public enum ArrayOperation
{
    /// <summary>Find, list or describe volumes and snapshots.</summary>
    Query = 0,

    /// <summary>Make, grow or remove a volume.</summary>
    Provision = 1,

    /// <summary>Take or remove a snapshot.</summary>
    Snapshot = 2,

    /// <summary>Take or remove a group of snapshots.</summary>
    Group = 3,

    /// <summary>Ask what changed.</summary>
    Diff = 4,

    /// <summary>Get a page of changed or allocated ranges.</summary>
    ListPage = 5,

    /// <summary>Read content.</summary>
    Read = 6,

    /// <summary>Write content.</summary>
    Write = 7,
}
