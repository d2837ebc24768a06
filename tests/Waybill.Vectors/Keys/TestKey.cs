using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Waybill.Vectors.Keys;

/// <summary>A throw-away key that follows from its name: a point on a curve.</summary>
internal sealed class TestKey
{
    private readonly Curve _curve;
    private readonly BigInteger _secret;

    private TestKey(Curve curve, string name)
    {
        _curve = curve;
        _secret = (new BigInteger(SHA512.HashData(Encoding.UTF8.GetBytes(name)), isUnsigned: true, isBigEndian: true) % (curve.Order - 1)) + 1;
        using ECDsa key = ECDsa.Create(curve.Parameters(_secret));
        PrivatePem = key.ExportPkcs8PrivateKeyPem() + "\n";
        PublicKey = key.ExportSubjectPublicKeyInfo();
    }

    public string PrivatePem { get; }

    /// <summary>Gets the SubjectPublicKeyInfo in DER.</summary>
    public byte[] PublicKey { get; }

    public string PublicPem => PemEncoding.WriteString("PUBLIC KEY", PublicKey) + "\n";

    public static TestKey P256(string name) => new(Curve.P256, name);

    public static TestKey P384(string name) => new(Curve.P384, name);

    public ECDiffieHellman ToAgreement() => ECDiffieHellman.Create(_curve.Parameters(_secret));

    /// <summary>Signs with ECDSA; the number that must be secret and new each time follows from key and data.</summary>
    /// <returns>r ‖ s.</returns>
    public byte[] Sign(byte[] data)
    {
        byte[] hash = CryptographicOperations.HashData(_curve.Hash, data);
        BigInteger number = new BigInteger(hash, isUnsigned: true, isBigEndian: true);
        byte[] seed = HMACSHA512.HashData(_curve.Bytes(_secret), hash);
        BigInteger once = (new BigInteger(seed, isUnsigned: true, isBigEndian: true) % (_curve.Order - 1)) + 1;
        BigInteger r = _curve.Multiply(once).X % _curve.Order;
        BigInteger s = BigInteger.ModPow(once, _curve.Order - 2, _curve.Order) * (number + (r * _secret)) % _curve.Order;
        return [.. _curve.Bytes(r), .. _curve.Bytes(s)];
    }
}
