using System.Buffers;

namespace Waybill.Kubernetes;

/// <summary>
/// Keeps the bytes of objects in temporary files that are mapped into memory, so that a capture of any size takes no more of the heap than its index.
/// What was handed out is valid until the spool is disposed. The files have no names and are gone with the process.
/// </summary>
internal sealed class ResourceSpool : IDisposable
{
    /// <summary>How large a file is at least; an object never spans two.</summary>
    public const int SegmentSize = 32 << 20;

    private readonly List<SpoolSegment> _segments = [];
    private int _segment = -1;
    private int _position;

    /// <summary>Gets how many bytes it holds.</summary>
    public long Length { get; private set; }

    /// <summary>Adds bytes, with some put in front of them behind the first.</summary>
    /// <param name="content">The bytes of an object.</param>
    /// <param name="behindFirst">What is inserted behind the first byte; empty for nothing.</param>
    /// <returns>The bytes as they lie in the spool.</returns>
    public ReadOnlyMemory<byte> Add(ReadOnlySequence<byte> content, ReadOnlySpan<byte> behindFirst)
    {
        int length = checked((int)content.Length + behindFirst.Length);
        Memory<byte> target = Reserve(length);
        Span<byte> bytes = target.Span;
        content.Slice(0, 1).CopyTo(bytes);
        behindFirst.CopyTo(bytes[1..]);
        content.Slice(1).CopyTo(bytes[(1 + behindFirst.Length)..]);
        return target;
    }

    /// <summary>Gets where the spool ends now.</summary>
    public SpoolMark Mark() => new(_segment, _position, Length);

    /// <summary>Forgets everything behind a mark.</summary>
    public void Reset(SpoolMark mark)
    {
        (_segment, _position, Length) = mark;
        if (_segment < 0)
        {
            _position = 0;
        }
    }

    public void Dispose() => _segments.ForEach(segment => ((IDisposable)segment).Dispose());

    private Memory<byte> Reserve(int length)
    {
        if (_segment < 0 || _position + length > _segments[_segment].Length)
        {
            _segment++;
            _position = 0;
            if (_segment == _segments.Count)
            {
                _segments.Add(SpoolSegment.Create(Math.Max(SegmentSize, length)));
            }
            else if (_segments[_segment].Length < length)
            {
                // Left from what was forgotten, and too small now.
                ((IDisposable)_segments[_segment]).Dispose();
                _segments[_segment] = SpoolSegment.Create(length);
            }
        }

        Memory<byte> reserved = _segments[_segment].Memory.Slice(_position, length);
        _position += length;
        Length += length;
        return reserved;
    }
}
