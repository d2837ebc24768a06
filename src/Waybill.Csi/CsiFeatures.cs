namespace Waybill.Csi;

/// <summary>What a plugin may be told not to offer although its provider could.</summary>
[Flags]
public enum CsiFeatures
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Snapshots, and with them everything that needs them.</summary>
    Snapshots = 1,

    /// <summary>Snapshots of several volumes at once.</summary>
    GroupSnapshots = 2,

    /// <summary>The lists of allocated and changed blocks; an alpha part of the interface.</summary>
    SnapshotMetadata = 4,

    /// <summary>New volumes that begin with the content of another.</summary>
    Cloning = 8,

    /// <summary>Volumes that grow.</summary>
    Expansion = 16,

    /// <summary>Asking for one volume, or for one snapshot, by its name; alpha parts of the interface.</summary>
    SingleLookup = 32,
}
