using System.Security.Cryptography;
using Waybill.Bundles.Keys;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Keys;

public sealed class PublicKeyRecipientTests
{
    [Fact]
    public async Task Body_ForP256_IsAnHpkeMessageWithTheContextAsInfo()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] block = KeyLab.Block();
        byte[] context = KeyLab.Context(RecipientType.P256Hpke);

        WrappedKey wrapped = await PublicKeyRecipient.FromKey(key).WrapAsync(block, context, CancellationToken.None);

        Assert.Equal(65 + 32 + 16, wrapped.Body.Length);
        Assert.Equal(block, Hpke.Open(key, [.. "WBL1-recipient\0"u8, .. KeyLab.Bundle.ToByteArray(), 1, 7, 1], wrapped.Body.Span));
    }

    [Fact]
    [Spec("E-08")]
    public async Task Body_ForRsa_IsOaepOfTheContextsDigestAndTheBlock()
    {
        using RSA key = KeyLab.Rsa();
        byte[] block = KeyLab.Block(KeyScopes.Data);
        byte[] context = KeyLab.Context(RecipientType.RsaOaep256, KeyScopes.Data);

        WrappedKey wrapped = await PublicKeyRecipient.FromKey(key, KeyScopes.Data).WrapAsync(block, context, CancellationToken.None);

        Assert.Equal([.. SHA256.HashData(context), .. block], key.Decrypt(wrapped.Body.Span, RSAEncryptionPadding.OaepSHA256));
    }

    [Fact]
    [Spec("E-08")]
    public async Task RsaBody_WithoutTheContext_DoesNotOpen()
    {
        RSA rsa = KeyLab.Rsa();
        using PrivateBundleKey key = PrivateBundleKey.FromKey(rsa);
        byte[] context = KeyLab.Context(RecipientType.RsaOaep256);
        foreach (byte[] plaintext in (byte[][])[new byte[32], new byte[64], [.. SHA256.HashData(context), .. new byte[31]], [.. SHA256.HashData(context), .. new byte[33]], []])
        {
            byte[] body = rsa.Encrypt(plaintext, RSAEncryptionPadding.OaepSHA256);
            WrappedKey wrapped = new(RecipientType.RsaOaep256, KeyScopes.All, default, body);

            Assert.True(await key.TryUnwrapAsync(wrapped, context, CancellationToken.None) is null, $"{plaintext.Length} bytes");
        }
    }

    [Fact]
    public async Task RsaBody_WithOtherPadding_DoesNotOpen()
    {
        RSA rsa = KeyLab.Rsa();
        using PrivateBundleKey key = PrivateBundleKey.FromKey(rsa);
        byte[] context = KeyLab.Context(RecipientType.RsaOaep256);
        byte[] plaintext = [.. SHA256.HashData(context), .. new byte[32]];
        foreach (RSAEncryptionPadding padding in (RSAEncryptionPadding[])[RSAEncryptionPadding.OaepSHA1, RSAEncryptionPadding.OaepSHA384, RSAEncryptionPadding.Pkcs1])
        {
            WrappedKey wrapped = new(RecipientType.RsaOaep256, KeyScopes.All, default, rsa.Encrypt(plaintext, padding));

            Assert.True(await key.TryUnwrapAsync(wrapped, context, CancellationToken.None) is null, padding.ToString());
        }
    }

    [Theory]
    [InlineData("zeros")]
    [InlineData("ones")]
    public async Task RsaBody_ThatIsNoCiphertext_DoesNotOpen(string what)
    {
        using PrivateBundleKey key = PrivateBundleKey.FromKey(KeyLab.Rsa());
        byte[] body = new byte[384];
        body.AsSpan().Fill(what == "ones" ? (byte)0xFF : (byte)0);

        Assert.Null(await key.TryUnwrapAsync(new(RecipientType.RsaOaep256, KeyScopes.All, default, body), KeyLab.Context(RecipientType.RsaOaep256), CancellationToken.None));
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(3064)]
    public void RsaKey_WithFewerThan3072Bits_IsRefused(int bits)
    {
        using var rsa = RSA.Create(bits);

        WaybillException recipient = Assert.Throws<WaybillException>(() => PublicKeyRecipient.FromKey(rsa));
        WaybillException encoded = Assert.Throws<WaybillException>(() => PublicKeyRecipient.FromSubjectPublicKeyInfo(rsa.ExportSubjectPublicKeyInfo()));
        WaybillException key = Assert.Throws<WaybillException>(() => PrivateBundleKey.FromKey(rsa));

        Assert.All([recipient, encoded, key], error => Assert.Equal(WaybillErrorCode.KeyInvalid, error.Code));
        Assert.Contains(bits.ToString(System.Globalization.CultureInfo.InvariantCulture), recipient.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void RsaKey_WithAnExponentThatEncryptsNothing_IsRefused(int exponent)
    {
        using RSA rsa = KeyLab.Rsa();
        RSAParameters parameters = rsa.ExportParameters(includePrivateParameters: false);
        parameters.Exponent = [(byte)exponent];
        RSA changed;
        try
        {
            changed = RSA.Create(parameters);
        }
        catch (CryptographicException)
        {
            return; // the platform refuses it already
        }

        using (changed)
        {
            Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => PublicKeyRecipient.FromKey(changed)).Code);
        }
    }

    [Fact]
    public void Curve_OtherThanP256_IsNoRecipient()
    {
        foreach (ECCurve curve in (ECCurve[])[ECCurve.NamedCurves.nistP384, ECCurve.NamedCurves.nistP521])
        {
            using var key = ECDiffieHellman.Create(curve);

            Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => PublicKeyRecipient.FromKey(key)).Code);
            Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => PublicKeyRecipient.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo())).Code);
            Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => PrivateBundleKey.FromKey(key)).Code);
        }
    }

    [Fact]
    public async Task Recipient_OfEncodedKeys_IsTheSameAsOfLoadedOnes()
    {
        using var elliptic = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using RSA rsa = KeyLab.Rsa();
        foreach ((PublicKeyRecipient loaded, byte[] encoded, string algorithm) in ((PublicKeyRecipient, byte[], string)[])
        [
            (PublicKeyRecipient.FromKey(elliptic), elliptic.ExportSubjectPublicKeyInfo(), "P-256"),
            (PublicKeyRecipient.FromKey(rsa), rsa.ExportSubjectPublicKeyInfo(), "RSA-3072"),
        ])
        {
            PublicKeyRecipient decoded = PublicKeyRecipient.FromSubjectPublicKeyInfo(encoded);

            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(encoded).AsSpan(0, 16)), decoded.KeyId);
            Assert.Equal((loaded.KeyId, loaded.Algorithm), (decoded.KeyId, decoded.Algorithm));
            Assert.Equal(algorithm, decoded.Algorithm);
            Assert.Equal(decoded.KeyId, Convert.ToHexStringLower((await decoded.WrapAsync(KeyLab.Block(), KeyLab.Context(decoded.Type), CancellationToken.None)).KeyId.Span));
        }
    }

    [Fact]
    public void EncodedKey_ThatIsNone_IsRefused()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] encoded = key.ExportSubjectPublicKeyInfo();
        byte[] offCurve = [.. encoded];
        offCurve[^1] ^= 1;
        byte[] compressed = [.. KeyLab.Bytes("3039301306072a8648ce3d020106082a8648ce3d030107032200"), (byte)(2 + (encoded[^1] & 1)), .. encoded.AsSpan(27, 32)];
        byte[] infinity = KeyLab.Bytes("3019301306072a8648ce3d020106082a8648ce3d03010703020000");
        // Ed25519, a key of RFC 8410, section 10.1.
        byte[] edwards = KeyLab.Bytes("302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");

        foreach ((string what, byte[] bytes) in ((string, byte[])[])
        [
            ("empty", []), ("cut", encoded[..^1]), ("more", [.. encoded, 0]), ("off the curve", offCurve), ("compressed", compressed), ("infinity", infinity),
            ("Ed25519", edwards), ("private", key.ExportPkcs8PrivateKey()), ("text", "-----BEGIN PUBLIC KEY-----"u8.ToArray()),
        ])
        {
            WaybillException error = Assert.Throws<WaybillException>(() => PublicKeyRecipient.FromSubjectPublicKeyInfo(bytes));
            Assert.True(error.Code == WaybillErrorCode.KeyInvalid, what);
        }
    }

    [SkippableFact]
    public async Task RsaBody_IsOpenedByOpenSsl()
    {
        Local.Tool.Require("openssl");
        using var directory = new Local.TempDirectory();
        using RSA rsa = KeyLab.Rsa();
        byte[] block = KeyLab.Block();
        byte[] context = KeyLab.Context(RecipientType.RsaOaep256);
        WrappedKey wrapped = await PublicKeyRecipient.FromKey(rsa).WrapAsync(block, context, CancellationToken.None);
        await File.WriteAllTextAsync(directory["key.pem"], rsa.ExportPkcs8PrivateKeyPem());
        await File.WriteAllBytesAsync(directory["body"], wrapped.Body.ToArray());

        Local.Tool.Run(
            "openssl", "pkeyutl", "-decrypt", "-inkey", directory["key.pem"], "-in", directory["body"], "-out", directory["opened"],
            "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256");

        byte[] expected = [.. SHA256.HashData(context), .. block];
        Assert.Equal(expected, await File.ReadAllBytesAsync(directory["opened"]));
    }
}
