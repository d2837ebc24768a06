namespace Waybill.Providers;

/// <summary>A changed range together with its content.</summary>
public readonly struct VolumeChange
{
    private VolumeChange(ByteRange range, ChangedRangeKind kind, ReadOnlyMemory<byte> data)
    {
        Range = range;
        Kind = kind;
        Data = data;
    }

    /// <summary>Gets the range.</summary>
    public ByteRange Range { get; }

    /// <summary>Gets what it holds.</summary>
    public ChangedRangeKind Kind { get; }

    /// <summary>Gets the content, borrowed until the next change is asked for; empty unless <see cref="Kind"/> is <see cref="ChangedRangeKind.Data"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Makes a change with content.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="data">The content.</param>
    /// <returns>The change.</returns>
    public static VolumeChange Write(long offset, ReadOnlyMemory<byte> data) => new(new ByteRange(offset, data.Length), ChangedRangeKind.Data, data);

    /// <summary>Makes a change to zeros.</summary>
    /// <param name="range">The range.</param>
    /// <param name="deallocated">Whether the range was given back to the platform.</param>
    /// <returns>The change.</returns>
    public static VolumeChange Zero(ByteRange range, bool deallocated = false) =>
        new(range, deallocated ? ChangedRangeKind.Deallocated : ChangedRangeKind.Zero, default);
}
