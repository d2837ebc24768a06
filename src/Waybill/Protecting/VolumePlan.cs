using System.Collections.Immutable;

namespace Waybill.Engine;

/// <summary>How a volume is copied, and why not in a cheaper way.</summary>
/// <param name="Volume">The name of its stream.</param>
/// <param name="Step">The way.</param>
/// <param name="BytesToRead">How many bytes are read, as far as that is known before.</param>
/// <param name="Length">The size of the volume in bytes.</param>
public sealed record VolumePlan(string Volume, CopyStep Step, long BytesToRead, long Length)
{
    /// <summary>Gets why each cheaper way was left out, in the order of the ladder.</summary>
    public ImmutableArray<string> Reasons { get; init; } = [];

    /// <summary>Gets whether the volume is stored whole, not as a difference to the parent.</summary>
    public bool IsFull { get; init; }
}
