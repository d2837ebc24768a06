namespace Waybill.Samples.QemuNbd;

/// <summary>What a server says of an export.</summary>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Flags">What it can do.</param>
public sealed record NbdExport(long Length, NbdExportFeatures Flags)
{
    /// <summary>Gets what offsets and lengths of requests must be multiples of; a power of two.</summary>
    public int MinBlock { get; init; } = 1;

    /// <summary>Gets what they had better be multiples of.</summary>
    public int PreferredBlock { get; init; } = 4096;

    /// <summary>Gets how many bytes one request may carry.</summary>
    public int MaxBlock { get; init; } = 32 * 1024 * 1024;
}
