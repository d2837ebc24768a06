namespace Waybill.Samples.QemuNbd;

/// <summary>What an export can do.</summary>
[Flags]
public enum NbdExportFeatures
{
    /// <summary>Nothing is said.</summary>
    None = 0,

    /// <summary>The other flags mean something.</summary>
    HasFlags = 1,

    /// <summary>Writes are refused.</summary>
    ReadOnly = 1 << 1,

    /// <summary>It takes flushes.</summary>
    SendFlush = 1 << 2,

    /// <summary>It takes trims.</summary>
    SendTrim = 1 << 5,

    /// <summary>It takes requests to write zeros.</summary>
    SendWriteZeroes = 1 << 6,

    /// <summary>Several connections see each other's writes.</summary>
    CanMultiConn = 1 << 8,
}
