namespace Waybill.Vectors.Sketches;

/// <summary>An LZ4 block written sequence by sequence, and what it decodes to.</summary>
internal sealed class Lz4Block
{
    private readonly List<byte> _encoded = [];
    private readonly List<byte> _decoded = [];

    public byte[] Encoded => [.. _encoded];

    public byte[] Decoded => [.. _decoded];

    /// <summary>A cell of one repeated byte after a label.</summary>
    public static Lz4Block Fill(string label, int length = 65_536)
    {
        byte[] head = Pattern.Cell(label, label.Length + 1);
        return new Lz4Block().Sequence(head, 1, length - head.Length - 5).Last(Pattern.Fill(5, head[^1]));
    }

    /// <summary>Adds literals and a match. What the match refers to need not exist.</summary>
    public Lz4Block Sequence(byte[] literals, int offset, int matchLength)
    {
        int match = matchLength - 4;
        _encoded.Add((byte)((Math.Min(15, literals.Length) << 4) | Math.Min(15, match)));
        AddLength(literals.Length);
        _encoded.AddRange(literals);
        _decoded.AddRange(literals);
        _encoded.Add((byte)offset);
        _encoded.Add((byte)(offset >> 8));
        AddLength(match);
        for (int i = 0; i < matchLength; i++)
        {
            _decoded.Add(offset > 0 && offset <= _decoded.Count ? _decoded[^offset] : (byte)0);
        }

        return this;
    }

    /// <summary>Adds the literals that end the block.</summary>
    public Lz4Block Last(byte[] literals)
    {
        _encoded.Add((byte)(Math.Min(15, literals.Length) << 4));
        AddLength(literals.Length);
        _encoded.AddRange(literals);
        _decoded.AddRange(literals);
        return this;
    }

    private void AddLength(int length)
    {
        if (length < 15)
        {
            return;
        }

        for (length -= 15; length >= 255; length -= 255)
        {
            _encoded.Add(255);
        }

        _encoded.Add((byte)length);
    }
}
