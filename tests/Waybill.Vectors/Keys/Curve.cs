using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Waybill.Vectors.Keys;

/// <summary>
/// Arithmetic of P-256 and P-384, so that keys and signatures are the same on every platform. It does nothing against timing: for test keys only.
/// </summary>
internal sealed class Curve
{
    // SP 800-186, section 3.2.1; the coefficient a is -3.
    public static readonly Curve P256 = new(
        ECCurve.NamedCurves.nistP256,
        HashAlgorithmName.SHA256,
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");

    public static readonly Curve P384 = new(
        ECCurve.NamedCurves.nistP384,
        HashAlgorithmName.SHA384,
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f");

    private readonly ECCurve _name;
    private readonly BigInteger _prime;
    private readonly (BigInteger X, BigInteger Y) _base;

    private Curve(ECCurve name, HashAlgorithmName hash, string prime, string order, string x, string y)
    {
        _name = name;
        Hash = hash;
        Size = prime.Length / 2;
        _prime = Number(prime);
        Order = Number(order);
        _base = (Number(x), Number(y));
    }

    /// <summary>Gets the number of bytes of a coordinate.</summary>
    public int Size { get; }

    public BigInteger Order { get; }

    public HashAlgorithmName Hash { get; }

    /// <summary>Multiplies the base point.</summary>
    public (BigInteger X, BigInteger Y) Multiply(BigInteger factor)
    {
        (BigInteger X, BigInteger Y)? sum = null;
        for (long bit = (long)factor.GetBitLength() - 1; bit >= 0; bit--)
        {
            sum = sum is { } point ? Add(point, point) : null;
            if (!((factor >> (int)bit) & 1).IsZero)
            {
                sum = sum is { } partial ? Add(partial, _base) : _base;
            }
        }

        return sum!.Value;
    }

    public ECParameters Parameters(BigInteger secret)
    {
        (BigInteger x, BigInteger y) = Multiply(secret);
        return new ECParameters { Curve = _name, D = Bytes(secret), Q = { X = Bytes(x), Y = Bytes(y) } };
    }

    public byte[] Bytes(BigInteger number)
    {
        var bytes = new byte[Size];
        byte[] used = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        used.CopyTo(bytes, Size - used.Length);
        return bytes;
    }

    private static BigInteger Number(string hexadecimal) => BigInteger.Parse("0" + hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private (BigInteger X, BigInteger Y) Add((BigInteger X, BigInteger Y) a, (BigInteger X, BigInteger Y) b)
    {
        BigInteger slope = a == b ? ((3 * a.X * a.X) - 3) * Inverse(2 * a.Y) : (b.Y - a.Y) * Inverse(b.X - a.X);
        BigInteger x = Reduce((slope * slope) - a.X - b.X);
        return (x, Reduce((slope * (a.X - x)) - a.Y));
    }

    private BigInteger Inverse(BigInteger number) => BigInteger.ModPow(Reduce(number), _prime - 2, _prime);

    private BigInteger Reduce(BigInteger number)
    {
        BigInteger rest = number % _prime;
        return rest.Sign < 0 ? rest + _prime : rest;
    }
}
