namespace Waybill.Bundles;

/// <summary>What a range of a stream holds in one bundle.</summary>
public enum ContentState
{
    /// <summary>Bytes that the bundle holds.</summary>
    Data,

    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>The same as in the parent.</summary>
    Inherited,
}
