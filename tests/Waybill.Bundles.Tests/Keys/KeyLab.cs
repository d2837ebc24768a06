using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Tests.Keys;

/// <summary>Keys and contexts for tests. RSA keys take a second to make, so all tests share them.</summary>
internal static class KeyLab
{
    private static readonly Lazy<byte[]> s_rsa3072 = new(() => MakeRsa(3072));
    private static readonly Lazy<byte[]> s_otherRsa3072 = new(() => MakeRsa(3072));

    public static BundleId Bundle { get; } = BundleId.Parse("00112233445566778899aabbccddeeff");

    public static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal);

    public static byte[] Context(RecipientType type, KeyScopes scopes = KeyScopes.All) => KeyContext.Of(Bundle, type, scopes, suite: 1);

    public static byte[] Block(KeyScopes scopes = KeyScopes.All) => RandomNumberGenerator.GetBytes(KeyBlock.SizeOf(scopes));

    /// <summary>Gets an RSA key that belongs to the caller.</summary>
    public static RSA Rsa(bool other = false)
    {
        var rsa = RSA.Create();
        rsa.ImportRSAPrivateKey((other ? s_otherRsa3072 : s_rsa3072).Value, out _);
        return rsa;
    }

    public static ECDiffieHellman P256(string privateKey, string point)
    {
        byte[] q = Bytes(point);
        return ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Bytes(privateKey),
            Q = { X = q[1..33], Y = q[33..] },
        });
    }

    /// <summary>Makes a key whose x is small enough for x + p to fit into 32 bytes: one of each 2^32 has, and 5 is the smallest x on the curve.</summary>
    public static ECDiffieHellman P256WithSmallX()
    {
        // y² = 5³ − 3·5 + b; p mod 4 = 3, so the root is a power.
        var p = new System.Numerics.BigInteger(Bytes("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"), isUnsigned: true, isBigEndian: true);
        var b = new System.Numerics.BigInteger(Bytes("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"), isUnsigned: true, isBigEndian: true);
        var x = new System.Numerics.BigInteger(5);
        System.Numerics.BigInteger y = System.Numerics.BigInteger.ModPow(((x * x * x) - (3 * x) + b) % p, (p + 1) / 4, p);
        byte[] point = new byte[65];
        point[0] = 4;
        point[32] = 5;
        byte[] bytes = y.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(point, 65 - bytes.Length);
        return P256Point.Import(point);
    }

    private static byte[] MakeRsa(int bits)
    {
        using var rsa = RSA.Create(bits);
        return rsa.ExportRSAPrivateKey();
    }
}
