namespace Waybill.Vectors.Sketches;

/// <summary>Bytes that are the same on every machine and in every version.</summary>
internal static class Pattern
{
    /// <summary>Bytes that do not compress (SplitMix64).</summary>
    public static byte[] Noise(int length, ulong seed)
    {
        var bytes = new byte[length];
        ulong state = seed;
        for (int i = 0; i < length; i++)
        {
            if (i % 8 == 0)
            {
                state += 0x9E3779B97F4A7C15;
            }

            ulong z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            bytes[i] = (byte)((z ^ (z >> 31)) >> (8 * (i % 8)));
        }

        return bytes;
    }

    /// <summary>Readable bytes that compress well and say where they are.</summary>
    public static byte[] Text(int length, string word)
    {
        var bytes = new byte[length];
        int position = 0;
        for (int line = 0; position < length; line++)
        {
            foreach (char c in $"{word} {line:D6}\n")
            {
                if (position < length)
                {
                    bytes[position++] = (byte)c;
                }
            }
        }

        return bytes;
    }

    /// <summary>A cell that is small once compressed: a label and one byte over and over.</summary>
    public static byte[] Cell(string label, int length = 65_536)
    {
        byte[] bytes = Fill(length, (byte)label[0]);
        System.Text.Encoding.UTF8.GetBytes(label)[..Math.Min(length, label.Length)].CopyTo(bytes, 0);
        return bytes;
    }

    public static byte[] Fill(int length, byte value)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
