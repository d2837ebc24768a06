using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Waybill.Vectors.Keys;

/// <summary>A throw-away RSA key of 3 072 bits, and what is done with it without chance.</summary>
internal static class TestRsa
{
    private const int Size = 384;
    private const int HashSize = 32;

    public const string PrivatePem =
        """
        -----BEGIN PRIVATE KEY-----
        MIIG/wIBADANBgkqhkiG9w0BAQEFAASCBukwggblAgEAAoIBgQDu0Xk5Sz7QkzLB
        oZgVg5+NltFByIFzg346yEHPZrpUE9xfXrxt03ZspqsWk++h5ljkDcEdy9rHa4M0
        owQ1MxjoyAFj+7bafPK8TZ/pP8DsbK4rpjdbCNrd1HoNPyDv7Vuj318Z07BBGdEp
        r7u2wlGV/mBpjgakjsbzWnkJcH4PXAza4/1gR5G9dMLnuJA0M4S20tvArxnY67hD
        1cY9lwPT2T4f6ZRbdMp/rersezFcAfY3zHc7gJQXuZD761aLkmd627lgXDk8RK9R
        XSpaenWA7SrZELPECpUWeELkIC9duMszexve0KY4KYf5nb9ouppECX0lghPyItqS
        KnyyqTLgxHfGMffQZitIJ5xC8Rb9LUJyp65zGEz6Ae/JEb2iyZ2QdRMKbD5RLukL
        NrXFKLXFo21ME1ZmIVEpI032BDBxjUXbksdvlfqzza9WR0l7WEFgtZc3+wzqjdjq
        xBAgFBMJ8iOjGNUa4XjV/YLeUzK+92BH+6w3ueR/vgZP5L3D5zkCAwEAAQKCAYAV
        07u5IqlF5euMf/5G78XsP8hgs03a5r3plcunWZPBGHmaloLb+ijyNZTLK6U0uQ65
        yo9dGk3PeSzqPtX6c3DyNvQi6mrOyFRlJSZu6pPxkoikAP1BNZYkvS/p4wcEdr9a
        mGai6n1K+Jbshke+pJRRWbOqd2p1rX5TLUXaY4IvWYdBQEze+QZBzcNR62/z8sYi
        nDNX295zEYRAtZqjSW32Sv40a3moQYyPzoT7V9Jt6YNSm+jv3XNrlwXAc0TF3Tup
        GD0jDMY66KtJAEYCeCz1Owm/QhglbkuAYjXqpkrsVVqxg6jh2Do2J9nAB7Tlu/o7
        klhlG04yYQZQoxiTggPYWemxNoqPwJD0FhGcJr8EWKo2/OeHTvVLHHsLNjeBTuHt
        7QdNcx8xR86WSFtL9cy7w4YIWpHFlZhXMIfvczCIQ5gXObPBR1V2Vl+lZIP54JSZ
        DPQc2kMwjz0mckhxp+5O9wLMaPkftWxJV3YzL3QJ4vddVQLPTqG+7Nau6zwuXvsC
        gcEA/COtmjU9vRH6aZ737jyAv9PlVxowI7loBo9Gfo8jKZffnaKdFbWM1SmuN3uM
        x3BQHZiW43n9idwqeI7cxwTt1kajdsJrPJI/BzYHRdRud8TuYU5C4B+wu8OZ6uoA
        aD3YJ0LMhkN1jI2cJoFz0dQZmDosEI5ky7gilGCozAyKv5NHS6UV+YAmIp3beAK4
        aM08zGesaAL8mvDBpIzDBEJ22Lg/t/+SqFiyGvBh+fl3TsNWJDIZMofPNsBJlue/
        4oFfAoHBAPJ5lH28FHom7Hrra+zM5mmGyMSitPep/3OwjrhQlGwE+2PiAlYXHWqT
        aU16pj+44rSJu3bDV83zN6A5wAx38PjHhh7yBRMrq/I7SMaIfSpdkdypQZEVhNrS
        F5E+At730dPjogWE/rAHpQ9vbsx70nBmm0gomcDnMbl4uPs/itJJ/J5BQ2FlUJML
        vgY404Asan3/3mIy8S7kjlK9zkh1Ps/U26xPetHRrqhBwLVhfnatlC5xHqR1TWYr
        1XNOP6pmZwKBwQDjijMVsix4HuxUOwDVv0YVV11lgJ2m76AAI3Zjqjr6QzOrJ2AJ
        gmCI0eeF7Hp8VVAHlXe9644xxj2RtKNq+3jDYdYMy6FI9VXp5QklLHNQpKjXqW/S
        oOa2W+vgQrKBYCZcL/0wwVoosHcVjMd/uaArb3vqqQYvjomuS5ipJDxmbLvveRje
        o5ZGsRypLhNLiMPwVzMQXnmmPdUS8XDgvDZSl9vw6bRpNjns87gHhej0bHWljoyM
        vGD0sQz4IUZaW5MCgcEAniu/OLH67Z/8fUabNXKID2h0CQlWYYSMdexDfWpbF4e8
        cXCaM4yKjN4yP+91CXZStJBwME3HNjqlG6jwZXHMSIznKcKYmuPPG4metJuOgpdd
        MgNbGQhfjNqlswIvn0ErqDwCkfUqqquh+cqoDU3sfZQBUXXirlpiLmnYyVSu+vR2
        jMln6d3MTM/JGofxN9hBc4X4jDhM6lj/mmvkZ5HL8okY73M9XCea9nlF+0vo0gPy
        +MSjx4YZgj+v0rLFhyObAoHBALfQ32fUWAjOuDDp1XbB59O28wyN1aCtw8XOjR0u
        7LXUpqeWumIqV9+IeG6tAbeJH4u77Mfwc8rI5kNHKkCPiFi+kYrPlOmkZM+UJsef
        T1eE/+whNdyPNOekQvHK2TsMg9+bzDlp0E9TEwq/P5OQFfxT4h30cE40xUy7mM0S
        vB82etcJoi1xqSxOK+StCR5Qd7c17A+rX/NQXwhcwsxXgq1UwGo4JwTLJ+Bv2Dpj
        Ic0CGOABpgh4KHlLEVuZBZXUDQ==
        -----END PRIVATE KEY-----

        """;

    private static readonly Lazy<RSAParameters> s_key = new(Load);

    /// <summary>Gets the SubjectPublicKeyInfo in DER.</summary>
    public static byte[] PublicKey { get; } = ExportPublicKey();

    public static string PublicPem => PemEncoding.WriteString("PUBLIC KEY", PublicKey) + "\n";

    /// <summary>Encrypts with OAEP, SHA-256 and MGF1-SHA-256 (RFC 8017, section 7.1.1), the seed being given.</summary>
    public static byte[] Encrypt(byte[] message, byte[] seed)
    {
        byte[] block = [.. SHA256.HashData([]), .. new byte[Size - message.Length - (2 * HashSize) - 2], 1, .. message];
        byte[] maskedBlock = Mask(block, seed);
        byte[] maskedSeed = Mask(seed, maskedBlock);
        return Power([0, .. maskedSeed, .. maskedBlock], s_key.Value.Exponent!);
    }

    /// <summary>Signs with PSS, SHA-256 and a salt of 32 bytes (RFC 8017, section 8.1.1) that follows from the data.</summary>
    public static byte[] Sign(byte[] data)
    {
        byte[] hash = SHA256.HashData(data);
        byte[] salt = SHA256.HashData(hash);
        byte[] digest = SHA256.HashData([.. new byte[8], .. hash, .. salt]);
        byte[] block = [.. new byte[Size - salt.Length - HashSize - 2], 1, .. salt];
        byte[] masked = Mask(block, digest);
        masked[0] &= 0x7F;
        return Power([.. masked, .. digest, 0xBC], s_key.Value.D!);
    }

    private static RSAParameters Load()
    {
        using RSA key = RSA.Create();
        key.ImportFromPem(PrivatePem);
        return key.ExportParameters(includePrivateParameters: true);
    }

    private static byte[] ExportPublicKey()
    {
        using RSA key = RSA.Create();
        key.ImportFromPem(PrivatePem);
        return key.ExportSubjectPublicKeyInfo();
    }

    private static byte[] Mask(byte[] data, byte[] seed)
    {
        var result = (byte[])data.Clone();
        var counter = new byte[4];
        for (int at = 0; at < data.Length; at += HashSize)
        {
            BinaryPrimitives.WriteInt32BigEndian(counter, at / HashSize);
            byte[] mask = SHA256.HashData([.. seed, .. counter]);
            for (int i = at; i < Math.Min(data.Length, at + HashSize); i++)
            {
                result[i] ^= mask[i - at];
            }
        }

        return result;
    }

    private static byte[] Power(byte[] number, byte[] exponent)
    {
        byte[] power = BigInteger.ModPow(Number(number), Number(exponent), Number(s_key.Value.Modulus!)).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[Size - power.Length], .. power];
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
