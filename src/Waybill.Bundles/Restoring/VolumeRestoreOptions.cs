namespace Waybill.Bundles;

/// <summary>How a volume is restored.</summary>
public sealed class VolumeRestoreOptions
{
    /// <summary>Gets or sets how many cells are read and decoded at the same time; those being written come on top.</summary>
    /// <value>The default is the number of processors.</value>
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>Gets or sets the most bytes of volume that may be restored; a few bytes of bundle can declare exbibytes of zeros.</summary>
    /// <value>The default is no limit but the size of the target.</value>
    public long MaxRestoredBytes { get; set; } = long.MaxValue;
}
