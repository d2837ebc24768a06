namespace Waybill.Csi;

/// <summary>A volume on this node.</summary>
/// <param name="Path">A block device such as <c>/dev/loop3</c>, or a directory.</param>
/// <param name="IsDirectory">Whether it is a directory, which is published as it is and never formatted.</param>
public sealed record NodeVolume(string Path, bool IsDirectory = false)
{
    /// <summary>Gets whether the platform knows that every byte of the device reads as zero now.</summary>
    /// <value>
    /// The default is <see langword="false"/>: it does not know. A file system is made only on a device of zeros, so the library then reads all of it first,
    /// which takes as long as that takes. MUST NOT be <see langword="true"/> if anything else was ever written and not discarded.
    /// </value>
    public bool IsBlank { get; init; }

    /// <summary>Gets whether file systems should tell the device what they no longer need as soon as that is so, because the platform can then use it otherwise.</summary>
    /// <value>The default is <see langword="false"/>. A mount flag <c>discard</c> or <c>nodiscard</c> of the storage class wins.</value>
    public bool GivesBackSpace { get; init; }
}
