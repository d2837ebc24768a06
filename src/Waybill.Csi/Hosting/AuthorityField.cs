using System.Buffers;

namespace Waybill.Csi.Hosting;

/// <summary>
/// Replaces in a block of HTTP/2 headers an authority that a web server would refuse. Which authority a client sends over a unix socket is not defined: some send
/// <c>localhost</c>, some the path with its slashes escaped, some nothing, and none of it means anything.
/// </summary>
/// <remarks>
/// The replacement is as long as what it replaces. What both ends remember of earlier headers (the dynamic table of HPACK) then stays the same size at both ends,
/// so nothing else of the block has to be understood.
/// </remarks>
internal static class AuthorityField
{
    private const int AuthorityIndex = 1;
    private const int HostIndex = 38;

    private static readonly SearchValues<byte> s_plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."u8);

    /// <summary>Replaces what has to be replaced.</summary>
    /// <returns>The new block; <see langword="null"/> if the block can stay as it is, or cannot be read: then the server says what is wrong with it.</returns>
    public static byte[]? Replace(ReadOnlySpan<byte> block)
    {
        ArrayBufferWriter<byte>? result = null;
        int copied = 0;
        int position = 0;
        while (position < block.Length)
        {
            byte first = block[position];
            if ((first & 0x80) != 0)
            {
                // A field that is known as a whole.
                if (!TryReadInteger(block, ref position, 7, out _))
                {
                    return null;
                }

                continue;
            }

            if ((first & 0xe0) == 0x20)
            {
                // A new size of the table.
                if (!TryReadInteger(block, ref position, 5, out _))
                {
                    return null;
                }

                continue;
            }

            if (!TryReadInteger(block, ref position, (first & 0x40) != 0 ? 6 : 4, out int index))
            {
                return null;
            }

            bool isAuthority = index is AuthorityIndex or HostIndex;
            if (index == 0)
            {
                if (!TryReadString(block, ref position, out byte[]? name))
                {
                    return null;
                }

                isAuthority = name.AsSpan().SequenceEqual(":authority"u8) || name.AsSpan().SequenceEqual("host"u8);
            }

            int valueAt = position;
            if (!TryReadString(block, ref position, out byte[]? value))
            {
                return null;
            }

            if (isAuthority && value.AsSpan().ContainsAnyExcept(s_plain))
            {
                result ??= new ArrayBufferWriter<byte>(block.Length + value.Length + 8);
                result.Write(block[copied..valueAt]);
                WriteString(result, value.Length);
                copied = position;
            }
        }

        if (result is null)
        {
            return null;
        }

        result.Write(block[copied..]);
        return result.WrittenSpan.ToArray();
    }

    private static bool TryReadInteger(ReadOnlySpan<byte> block, ref int position, int prefix, out int value)
    {
        value = 0;
        if (position >= block.Length)
        {
            return false;
        }

        int mask = (1 << prefix) - 1;
        value = block[position++] & mask;
        if (value < mask)
        {
            return true;
        }

        // More than four bytes would be more than any block has.
        for (int shift = 0; shift <= 21; shift += 7)
        {
            if (position >= block.Length)
            {
                return false;
            }

            byte next = block[position++];
            value += (next & 0x7f) << shift;
            if ((next & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryReadString(ReadOnlySpan<byte> block, ref int position, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        bool isCoded = position < block.Length && (block[position] & 0x80) != 0;
        if (!TryReadInteger(block, ref position, 7, out int length) || length > block.Length - position)
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = block.Slice(position, length);
        position += length;
        value = isCoded ? HpackHuffman.Decode(bytes) : bytes.ToArray();
        return value is not null;
    }

    private static void WriteString(ArrayBufferWriter<byte> result, int length)
    {
        const int Mask = 0x7f;
        Span<byte> prefix = result.GetSpan(8);
        int size = 0;
        if (length < Mask)
        {
            prefix[size++] = (byte)length;
        }
        else
        {
            prefix[size++] = Mask;
            int rest = length - Mask;
            for (; rest >= 0x80; rest >>= 7)
            {
                prefix[size++] = (byte)((rest & 0x7f) | 0x80);
            }

            prefix[size++] = (byte)rest;
        }

        result.Advance(size);
        result.GetSpan(length)[..length].Fill((byte)'x');
        result.Advance(length);
    }
}
