namespace Waybill.Samples.QemuNbd;

/// <summary>A range whose state is the same all through.</summary>
/// <param name="Range">The range.</param>
/// <param name="Flags">What the bits mean depends on the context that was asked.</param>
public readonly record struct NbdExtent(ByteRange Range, uint Flags)
{
    /// <summary>The bit of a dirty bitmap: something was written there.</summary>
    public const uint Dirty = 1;

    /// <summary>A bit of <c>base:allocation</c>: nothing is allocated. Alone it says nothing of the content.</summary>
    public const uint Hole = 1;

    /// <summary>A bit of <c>base:allocation</c>: it reads as zeros.</summary>
    public const uint Zero = 2;
}
