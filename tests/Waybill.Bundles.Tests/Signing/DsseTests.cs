using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>The example that the DSSE protocol publishes, and what its encoding is for.</summary>
public sealed class DsseTests
{
    private const string ExampleType = "http://example.com/HelloWorld";
    private const string ExampleSignature = "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==";

    [Fact, Spec("S-01")]
    public void Encoding_OfThePublishedExample_IsThePublishedOne() =>
        Assert.Equal("DSSEv1 29 http://example.com/HelloWorld 11 hello world", Encoding.ASCII.GetString(Dsse.PreAuthenticationEncoding(ExampleType, "hello world"u8)));

    [Theory]
    [InlineData("", "", "DSSEv1 0  0 ")]
    [InlineData("ä", "", "DSSEv1 2 ä 0 ")]
    [InlineData("t", "0123456789", "DSSEv1 1 t 10 0123456789")]
    public void Encoding_CountsBytes(string type, string payload, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(Dsse.PreAuthenticationEncoding(type, Encoding.UTF8.GetBytes(payload))));

    [Fact, Spec("S-01"), Spec("S-03")]
    public void PublishedSignature_UnderThePublishedKey_Verifies()
    {
        TrustedKey key = PublishedKey();
        byte[] signature = Convert.FromBase64String(ExampleSignature);

        Assert.True(key.Verify(Dsse.PreAuthenticationEncoding(ExampleType, "hello world"u8), signature));
        Assert.False(key.Verify(Dsse.PreAuthenticationEncoding(ExampleType, "hello World"u8), signature));
    }

    [Fact, Spec("S-01")]
    public void Encoding_OfTypesAndPayloadsThatReadTheSameInARow_Differs()
    {
        // Without lengths both would be "a b c".
        byte[] one = Dsse.PreAuthenticationEncoding("a", "b c"u8);
        byte[] other = Dsse.PreAuthenticationEncoding("a b", "c"u8);
        byte[] inside = Dsse.PreAuthenticationEncoding("a 3 b c", ""u8);

        Assert.NotEqual(one, other);
        Assert.NotEqual(one, inside);
    }

    private static TrustedKey PublishedKey()
    {
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint
            {
                X = Number("46950820868899156662930047687818585632848591499744589407958293238635476079160"),
                Y = Number("5640078356564379163099075877009565129882514886557779369047442380624545832820"),
            },
        });
        return TrustedKey.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo());
    }

    private static byte[] Number(string digits)
    {
        byte[] bytes = BigInteger.Parse(digits, CultureInfo.InvariantCulture).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }
}
