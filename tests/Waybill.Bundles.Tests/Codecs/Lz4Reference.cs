namespace Waybill.Bundles.Tests.Codecs;

/// <summary>An LZ4 block decoder written from appendix A of the specification and nothing else.</summary>
internal static class Lz4Reference
{
    /// <summary>Decodes a block.</summary>
    /// <returns>The bytes, or <see langword="null"/> where the appendix says error.</returns>
    public static byte[]? Decode(ReadOnlySpan<byte> input, int outputLength)
    {
        var output = new List<byte>(outputLength);
        int position = 0;
        while (true)
        {
            if (position == input.Length)
            {
                return null;
            }

            byte token = input[position++];
            if (!TryReadLength(input, ref position, token >> 4, out long literals) || literals > input.Length - position || output.Count + literals > outputLength)
            {
                return null;
            }

            output.AddRange(input.Slice(position, (int)literals));
            position += (int)literals;
            if (position == input.Length)
            {
                return output.Count == outputLength ? [.. output] : null;
            }

            if (input.Length - position < 2)
            {
                return null;
            }

            int distance = input[position] | input[position + 1] << 8;
            position += 2;
            if (distance == 0 || distance > output.Count || !TryReadLength(input, ref position, token & 15, out long match) || output.Count + match + 4 > outputLength)
            {
                return null;
            }

            for (long i = 0; i < match + 4; i++)
            {
                output.Add(output[^distance]);
            }
        }
    }

    private static bool TryReadLength(ReadOnlySpan<byte> input, ref int position, int nibble, out long length)
    {
        length = nibble;
        if (nibble < 15)
        {
            return true;
        }

        while (position < input.Length)
        {
            byte more = input[position++];
            length += more;
            if (more != 255)
            {
                return true;
            }
        }

        return false;
    }
}
