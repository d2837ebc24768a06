using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray;

/// <summary>A snapshot: what the volume held when the write with a certain number had been the last.</summary>
internal sealed class ArraySnapshot(SnapshotDescriptor descriptor, ArrayVolume volume, long sequence)
{
    public SnapshotDescriptor Descriptor { get; } = descriptor;

    public ArrayVolume Volume { get; } = volume;

    public ThinContent Content { get; } = volume.Content;

    public long Sequence { get; } = sequence;

    /// <summary>Gets or sets the number of the list whose tokens are good: a later list of the same snapshot closes the earlier ones.</summary>
    public int ListNumber { get; set; }
}
