namespace Waybill;

/// <summary>How consistent the data of a recovery point is.</summary>
public enum ConsistencyLevel
{
    /// <summary>Nothing is known. The default: absence of evidence is no evidence.</summary>
    Unknown = 0,

    /// <summary>Read while it was changing.</summary>
    None = 1,

    /// <summary>As after a power cut.</summary>
    Crash = 2,

    /// <summary>File systems were frozen or unmounted.</summary>
    FileSystem = 3,

    /// <summary>The application took part; needs the result of at least one successful hook.</summary>
    Application = 4,
}
