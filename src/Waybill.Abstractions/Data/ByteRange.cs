namespace Waybill;

/// <summary>A half-open run of bytes: from <see cref="Offset"/> up to, not including, <see cref="End"/>.</summary>
/// <param name="Offset">The first byte, 0 or more.</param>
/// <param name="Length">The number of bytes, 0 or more.</param>
public readonly record struct ByteRange(long Offset, long Length) : IComparable<ByteRange>
{
    /// <summary>Gets the first byte after the range.</summary>
    /// <exception cref="OverflowException">The end lies beyond 2^63 - 1.</exception>
    public long End => checked(Offset + Length);

    /// <summary>Gets whether the range holds no byte.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Makes a range from its first byte and the first byte after it.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="end">The first byte after the range; not below <paramref name="start"/>.</param>
    /// <returns>The range.</returns>
    public static ByteRange FromBounds(long start, long end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        return new ByteRange(start, end - start);
    }

    /// <summary>Computes the part that both ranges share.</summary>
    /// <param name="other">The other range.</param>
    /// <returns>The shared part; an empty range if there is none.</returns>
    public ByteRange Intersect(ByteRange other)
    {
        long start = Math.Max(Offset, other.Offset);
        long end = Math.Min(End, other.End);
        return end <= start ? new ByteRange(start, 0) : new ByteRange(start, end - start);
    }

    /// <summary>Orders ranges by offset, then by length.</summary>
    /// <param name="other">The range to compare with.</param>
    /// <returns>Below zero, zero or above zero, as usual.</returns>
    public int CompareTo(ByteRange other)
    {
        int order = Offset.CompareTo(other.Offset);
        return order != 0 ? order : Length.CompareTo(other.Length);
    }

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(ByteRange left, ByteRange right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(ByteRange left, ByteRange right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(ByteRange left, ByteRange right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(ByteRange left, ByteRange right) => left.CompareTo(right) >= 0;
}
