namespace Waybill.Providers;

/// <summary>What a changed range holds now.</summary>
public enum ChangedRangeKind
{
    /// <summary>Content that must be read.</summary>
    Data = 0,

    /// <summary>Zeros that were written.</summary>
    Zero = 1,

    /// <summary>Nothing any more: it was given back to the platform and reads as zeros.</summary>
    Deallocated = 2,
}
