using System.Formats.Asn1;
using System.Numerics;
using Waybill.Bundles.Signing;
using Waybill.Bundles.Tests.Local;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>What we sign openssl verifies, and the other way round.</summary>
public sealed class OpenSslTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [SkippableTheory, Spec("S-03")]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-256", SignatureAlgorithm.EcdsaP256Sha256)]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-384", SignatureAlgorithm.EcdsaP384Sha384)]
    [InlineData("RSA -pkeyopt rsa_keygen_bits:3072", SignatureAlgorithm.RsaPssSha256)]
    public async Task KeyOfOpenSsl_SignsAndVerifies_BothWays(string kind, SignatureAlgorithm algorithm)
    {
        Tool.Require("openssl");
        string options = algorithm switch
        {
            SignatureAlgorithm.EcdsaP256Sha256 => "-sha256",
            SignatureAlgorithm.EcdsaP384Sha384 => "-sha384",
            _ => "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32",
        };
        Tool.Bash(_directory.Path, $"openssl genpkey -algorithm {kind} -aes-256-cbc -pass pass:secret -out key.pem; openssl pkey -in key.pem -passin pass:secret -pubout -out public.pem");
        using BundleSigner signer = BundleSigner.FromPem(await File.ReadAllTextAsync(_directory["key.pem"]), "secret");
        TrustedKey trusted = TrustedKey.FromPem(await File.ReadAllTextAsync(_directory["public.pem"]));
        Assert.Equal((algorithm, trusted), (signer.Algorithm, signer.PublicKey));

        SignedStatement ours = await SigningLab.SignContentAsync(signer);
        byte[] data = Dsse.PreAuthenticationEncoding(ours.PayloadType, ours.Payload.Span);
        await File.WriteAllBytesAsync(_directory["data"], data);
        await File.WriteAllBytesAsync(_directory["ours"], algorithm == SignatureAlgorithm.RsaPssSha256 ? ours.Signatures[0].Signature.ToArray() : ToDer(ours.Signatures[0].Signature.Span));
        Assert.Contains("Verified OK", Tool.Bash(_directory.Path, $"openssl dgst {options} -verify public.pem -signature ours data"), StringComparison.Ordinal);

        Tool.Bash(_directory.Path, $"openssl dgst {options} -sign key.pem -passin pass:secret -out theirs data");
        byte[] theirs = await File.ReadAllBytesAsync(_directory["theirs"]);
        int size = algorithm == SignatureAlgorithm.EcdsaP384Sha384 ? 48 : 32;
        ReadOnlyMemory<byte> signature = algorithm == SignatureAlgorithm.RsaPssSha256 ? theirs : EcdsaSignature.FromDer(theirs, size);
        Assert.True(SigningLab.Evaluate(TrustPolicy.RequireSignature([trusted]), SigningLab.With(ours, signature: signature)).IsAccepted);
    }

    [SkippableTheory, Spec("S-03")]
    [InlineData("20")]
    [InlineData("0")]
    [InlineData("max")]
    public async Task Rsa_WithASaltOfAnotherLength_IsRefused(string length)
    {
        Tool.Require("openssl");
        await File.WriteAllTextAsync(_directory["key.pem"], SigningLab.Rsa.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(_directory["data"], "data");
        Tool.Bash(_directory.Path, $"openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{length} -sign key.pem -out signature data");

        byte[] signature = await File.ReadAllBytesAsync(_directory["signature"]);
        Assert.False(TrustedKey.FromSubjectPublicKeyInfo(SigningLab.Rsa.ExportSubjectPublicKeyInfo()).Verify("data"u8, signature));
    }

    [SkippableTheory, Spec("S-03")]
    [InlineData("ED25519")]
    [InlineData("RSA -pkeyopt rsa_keygen_bits:2048")]
    [InlineData("RSA-PSS -pkeyopt rsa_keygen_bits:3072")]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-521")]
    [InlineData("EC -pkeyopt ec_paramgen_curve:secp256k1")]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit")]
    public async Task OtherKeysOfOpenSsl_AreRefused(string kind)
    {
        Tool.Require("openssl");
        Tool.Bash(_directory.Path, $"openssl genpkey -algorithm {kind} -out key.pem; openssl pkey -in key.pem -pubout -out public.pem");
        string publicKey = await File.ReadAllTextAsync(_directory["public.pem"]);
        string privateKey = await File.ReadAllTextAsync(_directory["key.pem"]);

        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => TrustedKey.FromPem(publicKey)).Code);
        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => BundleSigner.FromPem(privateKey)).Code);
    }

    [SkippableFact, Spec("S-03")]
    public async Task EncryptedKeyOfOpenSsl_ByItsDefaults_Signs()
    {
        Tool.Require("openssl");
        using BundleSigner signer = BundleSigner.FromPem(await ProtectAsync(""), "hunter2 ü");

        SignedStatement statement = await SigningLab.SignContentAsync(signer);

        Assert.True(SigningLab.Evaluate(SigningLab.Trusting(signer), statement).IsAccepted);
    }

    [SkippableTheory]
    [InlineData("-v1 PBE-SHA1-3DES")]
    [InlineData("-scrypt")]
    public async Task EncryptedKeyOfOpenSsl_InAWayThatIsNotUsed_IsRefusedWithAReason(string protection)
    {
        Tool.Require("openssl");
        string pem = await ProtectAsync(protection);

        WaybillException error = Assert.Throws<WaybillException>(() => BundleSigner.FromPem(pem, "hunter2 ü"));

        Assert.Equal(WaybillErrorCode.KeyInvalid, error.Code);
        Assert.Contains("not used here", error.ToDisplayString(), StringComparison.Ordinal);
    }

    private async Task<string> ProtectAsync(string how)
    {
        await File.WriteAllTextAsync(_directory["pass"], "hunter2 ü\n");
        Tool.Bash(
            _directory.Path,
            $"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out plain.pem; openssl pkcs8 -topk8 {how} -in plain.pem -out key.pem -passout file:pass");
        return await File.ReadAllTextAsync(_directory["key.pem"]);
    }

    private static byte[] ToDer(ReadOnlySpan<byte> signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(signature[..(signature.Length / 2)], isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new BigInteger(signature[(signature.Length / 2)..], isUnsigned: true, isBigEndian: true));
        }

        return writer.Encode();
    }
}
