using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Tests.Keys;

public sealed class P256PointTests
{
    // The base point and the prime of P-256: SP 800-186, section 3.2.1.3.
    private const string X = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    private const string Y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    private const string MinusY = "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a";
    private const string Prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";

    public static TheoryData<string, string> Refused() => new()
    {
        { "nothing", "" },
        { "infinity in one byte", "00" },
        { "infinity as 65 zeros", "00" + Zero + Zero },
        { "infinity as a pair of zeros, and of order 2 where b is 0", "04" + Zero + Zero },
        { "compressed, even", "02" + X },
        { "compressed, odd", "03" + X },
        { "compressed, padded to 65 bytes", "03" + X + Zero },
        { "hybrid, even", "06" + X + MinusY },
        { "hybrid, odd", "07" + X + Y },
        { "unknown form", "05" + X + Y },
        { "x for y", "04" + Y + X },
        { "y one more", "04" + X + "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f6" },
        { "of order 2 on the curve with another b", "04" + X + Zero },
        { "x is the prime", "04" + Prime + Y },
        { "y is the prime", "04" + X + Prime },
        { "all ones", "04" + new string('f', 128) },
        { "one byte short", "04" + X + Y[..62] },
        { "one byte more", "04" + X + Y + "00" },
    };

    [Theory]
    [InlineData(Y)]
    [InlineData(MinusY)]
    public void IsValid_OfThePointsOfTheCurve(string y) => Assert.True(P256Point.IsValid(KeyLab.Bytes("04" + X + y)));

    [Theory]
    [MemberData(nameof(Refused))]
    public void IsValid_OfAnythingElse_IsFalse(string what, string point) => Assert.False(P256Point.IsValid(KeyLab.Bytes(point)), what);

    // x + p encodes the same x in a second way where it fits into 32 bytes.
    [Fact]
    public void IsValid_OfACoordinateThatIsNotReduced_IsFalse()
    {
        using var key = KeyLab.P256WithSmallX();
        byte[] point = P256Point.Export(key);
        Assert.True(P256Point.IsValid(point));

        var x = new System.Numerics.BigInteger(point.AsSpan(1, 32), isUnsigned: true, isBigEndian: true);
        var prime = new System.Numerics.BigInteger(KeyLab.Bytes(Prime), isUnsigned: true, isBigEndian: true);
        (x + prime).ToByteArray(isUnsigned: true, isBigEndian: true).CopyTo(point, 1);

        Assert.False(P256Point.IsValid(point));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Decapsulate_OfWhatIsNoPoint_IsRefused(string what, string point)
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

        Assert.False(Hpke.TryDecapsulate(key, KeyLab.Bytes(point), new byte[32]), what);
    }

    [Fact]
    public void ExportAndImport_GiveTheSamePoint()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] point = P256Point.Export(key);

        using ECDiffieHellman imported = P256Point.Import(point);

        Assert.Equal(point, P256Point.Export(imported));
        Assert.True(P256Point.IsValid(point));
    }
}
