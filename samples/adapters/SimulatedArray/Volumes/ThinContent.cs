using System.Collections.Immutable;

namespace Waybill.Samples.SimulatedArray;

/// <summary>Content in units, of which those that were never written, or were given back, take no space. It never changes.</summary>
internal sealed class ThinContent
{
    /// <summary>The unit that the array keeps, maps and journals, in bytes.</summary>
    public const int Unit = 4096;

    public static readonly ThinContent Empty = new(ImmutableSortedDictionary<long, byte[]>.Empty);

    private readonly ImmutableSortedDictionary<long, byte[]> _units;

    private ThinContent(ImmutableSortedDictionary<long, byte[]> units) => _units = units;

    public bool IsEmpty => _units.IsEmpty;

    /// <summary>Gets the numbers of the units that take space, ascending.</summary>
    public IEnumerable<long> Units => _units.Keys;

    public bool Holds(long unit) => _units.ContainsKey(unit);

    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            (long unit, long within) = Math.DivRem(offset, Unit);
            Span<byte> part = destination[..(int)Math.Min(destination.Length, Unit - within)];
            if (_units.TryGetValue(unit, out byte[]? bytes))
            {
                bytes.AsSpan((int)within, part.Length).CopyTo(part);
            }
            else
            {
                part.Clear();
            }

            offset += part.Length;
            destination = destination[part.Length..];
        }
    }

    public ThinContent Write(long offset, ReadOnlySpan<byte> source)
    {
        ImmutableSortedDictionary<long, byte[]>.Builder units = _units.ToBuilder();
        while (!source.IsEmpty)
        {
            (long unit, long within) = Math.DivRem(offset, Unit);
            ReadOnlySpan<byte> part = source[..(int)Math.Min(source.Length, Unit - within)];

            // Units are shared with snapshots: a changed one is a new one.
            byte[] bytes = units.TryGetValue(unit, out byte[]? old) ? [.. old] : new byte[Unit];
            part.CopyTo(bytes.AsSpan((int)within));
            units[unit] = bytes;
            offset += part.Length;
            source = source[part.Length..];
        }

        return new ThinContent(units.ToImmutable());
    }

    /// <summary>Makes a range zeros: whole units are given back, which reads the same.</summary>
    public ThinContent Clear(ByteRange range)
    {
        ImmutableSortedDictionary<long, byte[]>.Builder units = _units.ToBuilder();
        foreach (long unit in _units.Keys.Where(unit => (unit + 1) * Unit > range.Offset && unit * Unit < range.End))
        {
            ByteRange cleared = new ByteRange(unit * Unit, Unit).Intersect(range);
            if (cleared.Length == Unit)
            {
                units.Remove(unit);
                continue;
            }

            byte[] bytes = [.. units[unit]];
            bytes.AsSpan((int)(cleared.Offset - (unit * Unit)), (int)cleared.Length).Clear();
            units[unit] = bytes;
        }

        return new ThinContent(units.ToImmutable());
    }
}
