namespace Waybill.Catalog;

/// <summary>Why the time of a point is not to be trusted. Points carry the time of the machine that wrote them.</summary>
public enum ClockDoubt
{
    /// <summary>Nothing speaks against it.</summary>
    None = 0,

    /// <summary>It lies in the future.</summary>
    Future = 1,

    /// <summary>It lies before that of the point it builds on.</summary>
    BeforeParent = 2,
}
