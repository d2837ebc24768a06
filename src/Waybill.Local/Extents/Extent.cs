namespace Waybill.Local;

/// <summary>What a file system says of a run of a file.</summary>
/// <param name="Start">The first byte in the file.</param>
/// <param name="End">The first byte after it.</param>
/// <param name="Content">What is there.</param>
/// <param name="Place">For <see cref="ExtentContent.Placed"/>: what the data lies in.</param>
/// <param name="Shift">For <see cref="ExtentContent.Placed"/>: where in there minus where in the file.</param>
/// <remarks>
/// Two files hold the same bytes at a position if both have <see cref="ExtentContent.Placed"/> there with equal <paramref name="Place"/> and
/// <paramref name="Shift"/> at the same moment, wherever their extents begin and end. Neither number means anything later: file systems move data.
/// </remarks>
internal readonly record struct Extent(long Start, long End, ExtentContent Content, ulong Place = 0, long Shift = 0)
{
    /// <summary>Whether what both hold where they overlap is certainly the same.</summary>
    public bool HoldsSameAs(in Extent other) => (Content, other.Content) switch
    {
        (ExtentContent.Zeros, ExtentContent.Zeros) => true,
        (ExtentContent.Placed, ExtentContent.Placed) => Place == other.Place && Shift == other.Shift,
        _ => false,
    };
}
