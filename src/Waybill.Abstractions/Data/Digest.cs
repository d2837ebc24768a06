using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Waybill;

/// <summary>A SHA-256 digest; in text <c>sha256:</c> and 64 lower-case hexadecimal digits.</summary>
public readonly struct Digest : IEquatable<Digest>, IParsable<Digest>
{
    /// <summary>The number of bytes of a digest.</summary>
    public const int Size = 32;

    private const string Prefix = "sha256:";

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    /// <summary>Makes a digest of its bytes.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> has another length.</exception>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A SHA-256 digest has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _high = IdText.FromBytes(bytes[..16]);
        _low = IdText.FromBytes(bytes[16..]);
    }

    /// <summary>Gets whether this is the default value, which stands for no digest.</summary>
    public bool IsDefault => _high == UInt128.Zero && _low == UInt128.Zero;

    /// <summary>Computes the digest of some bytes.</summary>
    /// <param name="content">The bytes.</param>
    /// <returns>Their SHA-256.</returns>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(content, hash);
        return new Digest(hash);
    }

    /// <summary>Copies the bytes of the digest.</summary>
    /// <param name="destination">Receives <see cref="Size"/> bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        IdText.ToBytes(_high, destination);
        IdText.ToBytes(_low, destination[16..]);
    }

    /// <summary>Gets the bytes of the digest in a new array.</summary>
    /// <returns><see cref="Size"/> bytes.</returns>
    public byte[] ToByteArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="s">64 hexadecimal digits, with or without <c>sha256:</c> before them.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>The digest.</returns>
    /// <exception cref="FormatException">The text is not a digest.</exception>
    public static Digest Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out Digest result) ? result : throw new FormatException($"'{s}' is not a SHA-256 digest.");

    /// <summary>Reads the text form without throwing.</summary>
    /// <param name="s">64 hexadecimal digits, with or without <c>sha256:</c> before them.</param>
    /// <param name="provider">Not used.</param>
    /// <param name="result">The digest, or the default value.</param>
    /// <returns>Whether the text was a digest.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out Digest result)
    {
        result = default;
        if (s is null)
        {
            return false;
        }

        ReadOnlySpan<char> digits = s.StartsWith(Prefix, StringComparison.Ordinal) ? s.AsSpan(Prefix.Length) : s;
        Span<byte> bytes = stackalloc byte[Size];
        if (digits.Length != 2 * Size || Convert.FromHexString(digits, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        result = new Digest(bytes);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Digest other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _low.GetHashCode();

    /// <summary>Gets the text form.</summary>
    /// <returns><c>sha256:</c> and 64 hexadecimal digits.</returns>
    public override string ToString() => Prefix + Convert.ToHexStringLower(ToByteArray());

    /// <summary>Compares two digests.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Compares two digests.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);
}
