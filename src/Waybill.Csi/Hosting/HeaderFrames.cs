using System.Buffers;
using System.Buffers.Binary;

namespace Waybill.Csi.Hosting;

/// <summary>Finds the header blocks in the bytes a client sends (RFC 9113, section 4) and passes everything else on as it is.</summary>
internal sealed class HeaderFrames
{
    private const int PrefaceLength = 24;
    private const int FrameHeaderLength = 9;
    private const int MaxFrameLength = 16 * 1024;
    private const int MaxBlockLength = 64 * 1024;
    private const byte Headers = 1;
    private const byte Continuation = 9;
    private const byte EndHeaders = 0x4;
    private const byte Padded = 0x8;
    private const byte Priority = 0x20;
    private const int PriorityLength = 5;

    private long _untouched = PrefaceLength;

    /// <summary>Passes on what has arrived.</summary>
    /// <returns>Up to where; the rest is the beginning of a frame that has not arrived as a whole.</returns>
    public SequencePosition Pass(ReadOnlySequence<byte> input, IBufferWriter<byte> output)
    {
        while (input.Length > 0)
        {
            if (_untouched > 0)
            {
                ReadOnlySequence<byte> part = input.Slice(0, Math.Min(_untouched, input.Length));
                Copy(part, output);
                _untouched -= part.Length;
                input = input.Slice(part.End);
                continue;
            }

            if (input.Length < FrameHeaderLength)
            {
                break;
            }

            FrameHeader header = ReadHeader(input);
            if (header.Type != Headers || header.Length > MaxFrameLength)
            {
                _untouched = FrameHeaderLength + header.Length;
                continue;
            }

            if (!TryReadBlock(input, out long length, out byte[]? block, out byte[] priority))
            {
                break;
            }

            // A block that is not well-formed is passed on as it is: the server knows what to answer.
            if (block is not null && AuthorityField.Replace(block) is { } replaced)
            {
                Write(header, priority, replaced, output);
            }
            else
            {
                Copy(input.Slice(0, length), output);
            }

            input = input.Slice(length);
        }

        return input.Start;
    }

    /// <summary>Reads a header block, which may go on in further frames.</summary>
    /// <returns>Whether it has arrived as a whole; <paramref name="block"/> is <see langword="null"/> if it is not well-formed.</returns>
    private static bool TryReadBlock(ReadOnlySequence<byte> input, out long length, out byte[]? block, out byte[] priority)
    {
        var content = new ArrayBufferWriter<byte>();
        length = 0;
        block = null;
        priority = [];
        FrameHeader begin = ReadHeader(input);
        while (true)
        {
            ReadOnlySequence<byte> rest = input.Slice(length);
            if (rest.Length < FrameHeaderLength)
            {
                return false;
            }

            FrameHeader header = ReadHeader(rest);
            bool belongs = length == 0 || (header.Type == Continuation && header.Stream == begin.Stream);
            if (!belongs || header.Length > MaxFrameLength || content.WrittenCount > MaxBlockLength)
            {
                return true;
            }

            if (rest.Length < FrameHeaderLength + header.Length)
            {
                return false;
            }

            byte[] payload = rest.Slice(FrameHeaderLength, header.Length).ToArray();
            if (length == 0)
            {
                if (!TryStrip(header, ref payload, out priority))
                {
                    length = FrameHeaderLength + header.Length;
                    return true;
                }
            }

            content.Write(payload);
            length += FrameHeaderLength + header.Length;
            if ((header.Flags & EndHeaders) != 0)
            {
                block = content.WrittenSpan.ToArray();
                return true;
            }
        }
    }

    /// <summary>Takes padding and priority off the content of a frame.</summary>
    private static bool TryStrip(FrameHeader header, ref byte[] payload, out byte[] priority)
    {
        priority = [];
        int begin = 0;
        int end = payload.Length;
        if ((header.Flags & Padded) != 0)
        {
            if (payload.Length < 1)
            {
                return false;
            }

            begin = 1;
            end -= payload[0];
        }

        if ((header.Flags & Priority) != 0)
        {
            if (end - begin < PriorityLength)
            {
                return false;
            }

            priority = payload[begin..(begin + PriorityLength)];
            begin += PriorityLength;
        }

        if (end < begin)
        {
            return false;
        }

        payload = payload[begin..end];
        return true;
    }

    private static void Write(FrameHeader header, byte[] priority, byte[] block, IBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> content = (byte[])[.. priority, .. block];
        byte type = Headers;
        int flags = header.Flags & ~(Padded | EndHeaders);
        do
        {
            int size = Math.Min(content.Length, MaxFrameLength);
            bool isLast = size == content.Length;
            Span<byte> frame = output.GetSpan(FrameHeaderLength + size);
            frame[0] = (byte)(size >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(frame[1..], (ushort)size);
            frame[3] = type;
            frame[4] = (byte)(flags | (isLast ? EndHeaders : 0));
            BinaryPrimitives.WriteUInt32BigEndian(frame[5..], header.Stream);
            content[..size].CopyTo(frame[FrameHeaderLength..]);
            output.Advance(FrameHeaderLength + size);
            content = content[size..];
            type = Continuation;
            flags = 0;
        }
        while (content.Length > 0);
    }

    private static FrameHeader ReadHeader(ReadOnlySequence<byte> input)
    {
        Span<byte> bytes = stackalloc byte[FrameHeaderLength];
        input.Slice(0, FrameHeaderLength).CopyTo(bytes);
        return new FrameHeader((bytes[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), bytes[3], bytes[4], BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]));
    }

    private static void Copy(ReadOnlySequence<byte> part, IBufferWriter<byte> output)
    {
        foreach (ReadOnlyMemory<byte> segment in part)
        {
            output.Write(segment.Span);
        }
    }

    private readonly record struct FrameHeader(int Length, byte Type, byte Flags, uint Stream);
}
