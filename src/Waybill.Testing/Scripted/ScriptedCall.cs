namespace Waybill.Testing;

/// <summary>The calls of a <see cref="ScriptedProvider"/> that can be counted and made to fail.</summary>
public enum ScriptedCall
{
    /// <summary>Listing volumes.</summary>
    ListVolumes = 0,

    /// <summary>Finding a volume.</summary>
    FindVolume = 1,

    /// <summary>Asking for capabilities.</summary>
    GetCapabilities = 2,

    /// <summary>Opening a volume or snapshot for reading.</summary>
    OpenRead = 3,

    /// <summary>Opening a volume for writing.</summary>
    OpenWrite = 4,

    /// <summary>One read of any reader.</summary>
    Read = 5,

    /// <summary>One write, of bytes or zeros.</summary>
    Write = 6,

    /// <summary>Making what was written durable.</summary>
    Complete = 7,

    /// <summary>Making a volume.</summary>
    CreateVolume = 8,

    /// <summary>Removing a volume.</summary>
    DeleteVolume = 9,

    /// <summary>Growing a volume.</summary>
    GrowVolume = 10,

    /// <summary>Taking a snapshot.</summary>
    CreateSnapshot = 11,

    /// <summary>Finding a snapshot.</summary>
    FindSnapshot = 12,

    /// <summary>Listing snapshots.</summary>
    ListSnapshots = 13,

    /// <summary>Removing a snapshot.</summary>
    DeleteSnapshot = 14,

    /// <summary>Taking snapshots of a group.</summary>
    CreateGroup = 15,

    /// <summary>Removing snapshots of a group.</summary>
    DeleteGroup = 16,

    /// <summary>Listing what is allocated.</summary>
    GetAllocated = 17,

    /// <summary>Asking what changed.</summary>
    Diff = 18,

    /// <summary>Handing over one change or changed range of a delta, whatever its shape; failing the n-th cuts the delta there.</summary>
    DeliverChange = 19,

    /// <summary>Opening a tree for reading.</summary>
    OpenTree = 20,

    /// <summary>Opening a tree for writing.</summary>
    OpenTreeTarget = 21,

    /// <summary>Listing changed files.</summary>
    GetChangedFiles = 22,
}
