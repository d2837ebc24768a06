using System.Collections.Immutable;

namespace Waybill.Testing;

/// <summary>The content of a <see cref="ModelDisk"/> at one moment. It never changes.</summary>
public sealed class ModelSnapshot
{
    private const int PageLength = 4096;

    internal ModelSnapshot(ModelDisk disk, int sequence, long length, ImmutableDictionary<long, byte[]> pages)
    {
        Disk = disk;
        Sequence = sequence;
        Length = length;
        Pages = pages;
    }

    /// <summary>Gets the disk it was taken of.</summary>
    public ModelDisk Disk { get; }

    /// <summary>Gets the size of the disk at that moment, in bytes.</summary>
    public long Length { get; }

    /// <summary>Gets how many changes of the disk it includes.</summary>
    internal int Sequence { get; }

    internal ImmutableDictionary<long, byte[]> Pages { get; }

    /// <summary>Reads bytes.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Is filled as far as the content reaches.</param>
    /// <returns>The number of bytes read: all of <paramref name="destination"/>, or less where the content ends.</returns>
    public int Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        int count = (int)Math.Min(destination.Length, Length - offset);
        Span<byte> rest = destination[..count];
        while (!rest.IsEmpty)
        {
            (long index, long within) = Math.DivRem(offset, PageLength);
            int part = (int)Math.Min(rest.Length, PageLength - within);
            if (Pages.TryGetValue(index, out byte[]? page))
            {
                page.AsSpan((int)within, part).CopyTo(rest);
            }
            else
            {
                rest[..part].Clear();
            }

            offset += part;
            rest = rest[part..];
        }

        return count;
    }

    /// <summary>Reads a range.</summary>
    /// <param name="range">The range, inside the content.</param>
    /// <returns>Its bytes.</returns>
    public byte[] Read(ByteRange range)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.End, Length, nameof(range));
        var bytes = new byte[range.Length];
        Read(range.Offset, bytes);
        return bytes;
    }
}
