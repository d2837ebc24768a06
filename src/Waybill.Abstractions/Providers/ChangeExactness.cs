namespace Waybill.Providers;

/// <summary>How close reported changes are to what changed. Nothing that changed may ever be missing.</summary>
public enum ChangeExactness
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>What is reported was written, unit by unit.</summary>
    Exact = 1,

    /// <summary>Some of what is reported may be unchanged.</summary>
    Superset = 2,

    /// <summary>Whole large objects are reported for a small write: compare before storing.</summary>
    Coarse = 3,
}
