namespace Waybill.Providers;

/// <summary>The ways in which platforms deliver what changed.</summary>
public enum ChangeShape
{
    /// <summary>Not at all: changes are found by reading and comparing.</summary>
    None = 0,

    /// <summary>A list of ranges; their content is read from the snapshot (CSI, vSphere).</summary>
    ListAndRead = 1,

    /// <summary>A list of ranges with tokens that open their content for a time (Amazon EBS).</summary>
    ListAndToken = 2,

    /// <summary>One stream of changes with their content (Ceph <c>export-diff</c>, <c>zfs send</c>).</summary>
    Stream = 3,

    /// <summary>A volume that holds the differences only (Oracle Cloud).</summary>
    DeltaVolume = 4,

    /// <summary>The platform sends the changes to us (Portworx, Google Cloud).</summary>
    Push = 5,

    /// <summary>A map and ranged reads over one connection (NBD, KubeVirt).</summary>
    MapAndRead = 6,
}
