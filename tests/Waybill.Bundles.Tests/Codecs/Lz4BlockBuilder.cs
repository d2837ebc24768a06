namespace Waybill.Bundles.Tests.Codecs;

/// <summary>Puts LZ4 blocks together sequence by sequence, right or wrong ones.</summary>
internal sealed class Lz4BlockBuilder
{
    private readonly List<byte> _bytes = [];

    /// <summary>Literals and then a match.</summary>
    public Lz4BlockBuilder Sequence(ReadOnlySpan<byte> literals, int distance, int matchLength)
    {
        Token(literals.Length, matchLength - 4);
        Length(literals.Length);
        _bytes.AddRange(literals);
        _bytes.Add((byte)distance);
        _bytes.Add((byte)(distance >> 8));
        Length(matchLength - 4);
        return this;
    }

    /// <summary>The literals a block ends with.</summary>
    public byte[] End(ReadOnlySpan<byte> literals)
    {
        Token(literals.Length, 0);
        Length(literals.Length);
        _bytes.AddRange(literals);
        return [.. _bytes];
    }

    public byte[] Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return [.. _bytes];
    }

    private void Token(int literals, int match) => _bytes.Add((byte)(Math.Min(literals, 15) << 4 | Math.Min(match, 15)));

    private void Length(int length)
    {
        if (length < 15)
        {
            return;
        }

        for (length -= 15; length >= 255; length -= 255)
        {
            _bytes.Add(255);
        }

        _bytes.Add((byte)length);
    }
}
