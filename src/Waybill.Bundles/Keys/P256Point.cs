using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>Public keys on P-256 as RFC 9180 carries them: 04 ‖ x ‖ y.</summary>
/// <remarks>
/// The curve has a prime number of points, so whatever is on it and is not the point at infinity has full order: there are no others to refuse.
/// The check is made here because libraries of platforms differ in when they make it. Points are public, so it need not take constant time.
/// </remarks>
internal static class P256Point
{
    public const int Size = 1 + (2 * CoordinateSize);

    private const int CoordinateSize = 32;
    private const byte Uncompressed = 4;

    // SP 800-186, section 3.2.1.3; the coefficient a is -3.
    private static readonly BigInteger s_prime = Parse("0ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    private static readonly BigInteger s_b = Parse("05ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");

    /// <summary>Gets whether the bytes are a point of the curve in the one form that is allowed.</summary>
    public static bool IsValid(ReadOnlySpan<byte> point)
    {
        if (point.Length != Size || point[0] != Uncompressed)
        {
            return false;
        }

        var x = new BigInteger(point[1..(1 + CoordinateSize)], isUnsigned: true, isBigEndian: true);
        var y = new BigInteger(point[(1 + CoordinateSize)..], isUnsigned: true, isBigEndian: true);
        if (x >= s_prime || y >= s_prime)
        {
            return false;
        }

        BigInteger difference = (y * y) - ((((x * x) - 3) * x) + s_b);
        return (difference % s_prime).IsZero;
    }

    /// <summary>Makes a key of a valid point, for agreement.</summary>
    /// <returns>A key without a private part; the caller disposes it.</returns>
    /// <exception cref="CryptographicException">The platform refuses it.</exception>
    public static ECDiffieHellman Import(ReadOnlySpan<byte> point) => ECDiffieHellman.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = { X = point[1..(1 + CoordinateSize)].ToArray(), Y = point[(1 + CoordinateSize)..].ToArray() },
    });

    /// <summary>Gets the point of a key on this curve.</summary>
    public static byte[] Export(ECDiffieHellman key)
    {
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        byte[] bytes = new byte[Size];
        bytes[0] = Uncompressed;
        point.X!.CopyTo(bytes.AsSpan(1 + CoordinateSize - point.X!.Length));
        point.Y!.CopyTo(bytes.AsSpan(Size - point.Y!.Length));
        return bytes;
    }

    private static BigInteger Parse(string hexadecimal) => BigInteger.Parse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
