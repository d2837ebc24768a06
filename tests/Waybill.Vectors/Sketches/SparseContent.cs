using System.Security.Cryptography;

namespace Waybill.Vectors.Sketches;

/// <summary>What a stream must read as: pieces of bytes and of zeros, appended in order.</summary>
internal sealed class SparseContent
{
    // What a reader can be asked to hash in a test; longer content is proved by its root alone.
    private const long LargestHashed = 256L * 1024 * 1024;

    private readonly List<(long Start, long Length, byte[]? Bytes)> _pieces = [];

    public long Length { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _pieces.Add((Length, bytes.Length, bytes.ToArray()));
        Length += bytes.Length;
    }

    public void AddZeros(long length)
    {
        _pieces.Add((Length, length, null));
        Length += length;
    }

    /// <summary>Appends what another content has from the end of this one on; zeros where it has nothing.</summary>
    public void AddFrom(SparseContent other, long length)
    {
        long end = Length + length;
        CopyFrom(other, length);
        AddZeros(end - Length);
    }

    /// <summary>Gets the digest, or <see langword="null"/> if the content is too long to be hashed.</summary>
    public string? Sha256()
    {
        if (Length > LargestHashed)
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var zeros = new byte[65_536];
        foreach ((_, long length, byte[]? bytes) in _pieces)
        {
            if (bytes is not null)
            {
                hash.AppendData(bytes);
                continue;
            }

            for (long left = length; left > 0; left -= zeros.Length)
            {
                hash.AppendData(zeros.AsSpan(0, (int)Math.Min(left, zeros.Length)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Gets a part, shorter if the content ends before.</summary>
    public byte[] Slice(long start, int length)
    {
        var part = new SparseContent { Length = start };
        part.CopyFrom(this, length);
        var result = new byte[part.Length - start];
        foreach ((long pieceStart, _, byte[]? bytes) in part._pieces)
        {
            bytes?.CopyTo(result, pieceStart - start);
        }

        return result;
    }

    public byte[] ToBytes() => Slice(0, (int)Length);

    private void CopyFrom(SparseContent other, long length)
    {
        long start = Length;
        foreach ((long pieceStart, long pieceLength, byte[]? bytes) in other._pieces)
        {
            long from = Math.Max(pieceStart, start);
            long to = Math.Min(pieceStart + pieceLength, start + length);
            if (from >= to)
            {
                continue;
            }

            if (bytes is null)
            {
                AddZeros(to - from);
            }
            else
            {
                Add(bytes.AsSpan((int)(from - pieceStart), (int)(to - from)));
            }
        }
    }
}
