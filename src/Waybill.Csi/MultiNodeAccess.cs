namespace Waybill.Csi;

/// <summary>In which ways a platform lets several nodes use one volume at the same time.</summary>
[Flags]
public enum MultiNodeAccess
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>All of them read.</summary>
    Readers = 1,

    /// <summary>One of them writes, the others read.</summary>
    SingleWriter = 2,

    /// <summary>All of them write.</summary>
    Writers = 4,

    /// <summary>In every way.</summary>
    All = Readers | SingleWriter | Writers,
}
