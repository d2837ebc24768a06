namespace Waybill.Local;

/// <summary>What an extent holds.</summary>
internal enum ExtentContent
{
    /// <summary>Nothing: a hole, or space that was reserved and never written. Reads as zeros.</summary>
    Zeros = 0,

    /// <summary>Data at a known place.</summary>
    Placed = 1,

    /// <summary>Data of which the file system does not say where it is, or not in a way that could be compared.</summary>
    Unplaced = 2,
}
