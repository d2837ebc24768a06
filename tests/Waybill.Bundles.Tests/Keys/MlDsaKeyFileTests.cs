using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using Waybill.Bundles.Tests.Local;
using Waybill.Bundles.Tests.Signing;

#pragma warning disable SYSLIB5006 // The algorithm is optional; the tests are about both cases.

namespace Waybill.Bundles.Tests.Keys;

/// <summary>Key files with ML-DSA-65, which signs and does not encrypt. Not every system has it.</summary>
public sealed class MlDsaKeyFileTests : IDisposable
{
    private const string Passphrase = "correct horse ü";

    private static readonly PbeParameters s_protection = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory, Spec("S-03")]
    [InlineData("")]
    [InlineData(Passphrase)]
    public async Task PrivateKey_InAFile_SignsAndIsStoredAgain(string passphrase)
    {
        if (!MLDsa.IsSupported)
        {
            AssertRefused();
            return;
        }

        using MLDsa key = MLDsa.GenerateKey(MLDsaAlgorithm.MLDsa65);
        using KeyFile file = KeyFile.Parse(key.ExportPkcs8PrivateKeyPem());
        await file.SaveAsync(_directory["key"], passphrase.AsMemory());
        using KeyFile loaded = await KeyFile.LoadAsync(_directory["key"]);
        Assert.Equal(passphrase.Length > 0, loaded.IsLocked);
        if (loaded.IsLocked)
        {
            loaded.Unlock(passphrase);
        }

        using BundleSigner signer = loaded.ToSigner();
        SignedStatement statement = await SigningLab.SignContentAsync(signer);
        Assert.True(SigningLab.Evaluate(SigningLab.Trusting(signer), statement).IsAccepted);
        Assert.Equal(("ML-DSA-65", signer.KeyId), (loaded.Keys[0].Algorithm, loaded.Keys[0].KeyId));
        using KeyFile publicPart = KeyFile.Parse(loaded.ToPublicPem());
        Assert.Equal(signer.PublicKey, publicPart.ToTrustedKey());
    }

    [Fact]
    public void PrivateKey_CannotOpenBundles()
    {
        if (!MLDsa.IsSupported)
        {
            AssertRefused();
            return;
        }

        using MLDsa key = MLDsa.GenerateKey(MLDsaAlgorithm.MLDsa65);
        using KeyFile file = KeyFile.Parse(key.ExportPkcs8PrivateKeyPem());
        using KeyFile publicPart = KeyFile.Parse(file.ToPublicPem());

        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(file.ToBundleKey).Code);
        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => publicPart.ToRecipient()).Code);
    }

    [Fact]
    public async Task File_OnASystemWithoutTheAlgorithm_IsRefusedAsUnsupported()
    {
        if (MLDsa.IsSupported)
        {
            AssertTaken();
            return;
        }

        await File.WriteAllTextAsync(_directory["key"], PemEncoding.WriteString("PRIVATE KEY", MlDsaForm.PrivateKey));
        Rights.Set(_directory["key"], Rights.OwnerOnly);

        WaybillException loaded = await Assert.ThrowsAsync<WaybillException>(() => KeyFile.LoadAsync(_directory["key"]));
        Assert.Equal((WaybillErrorCode.PlatformUnsupported, _directory["key"]), (loaded.Code, loaded.ObjectName));
        Assert.Contains("OpenSSL", loaded.Hint, StringComparison.Ordinal);
        WaybillException parsed = Assert.Throws<WaybillException>(() => KeyFile.Parse(PemEncoding.WriteString("PUBLIC KEY", MlDsaForm.PublicKey)));
        Assert.Equal(WaybillErrorCode.PlatformUnsupported, parsed.Code);
    }

    [Fact]
    public void EncryptedKey_OnASystemWithoutTheAlgorithm_IsRefusedAsUnsupported_OnceThePassphraseFits()
    {
        if (MLDsa.IsSupported)
        {
            AssertTaken();
            return;
        }

        byte[] encrypted = Pkcs8PrivateKeyInfo.Decode(MlDsaForm.PrivateKey, out _).Encrypt(Passphrase, s_protection);
        using KeyFile file = KeyFile.Parse(PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", encrypted));

        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => file.Unlock("another")).Code);
        Assert.Equal(WaybillErrorCode.PlatformUnsupported, Assert.Throws<WaybillException>(() => file.Unlock(Passphrase)).Code);
        Assert.True(file.IsLocked);
    }

    /// <summary>What a system without the algorithm does with any such key.</summary>
    private static void AssertRefused() => Assert.Equal(
        WaybillErrorCode.PlatformUnsupported,
        Assert.Throws<WaybillException>(() => KeyFile.Parse(PemEncoding.WriteString("PRIVATE KEY", MlDsaForm.PrivateKey))).Code);

    /// <summary>What a system with the algorithm does with a key of its own.</summary>
    private static void AssertTaken()
    {
        using MLDsa key = MLDsa.GenerateKey(MLDsaAlgorithm.MLDsa65);
        using KeyFile file = KeyFile.Parse(key.ExportPkcs8PrivateKeyPem());
        Assert.Equal("ML-DSA-65", file.Keys[0].Algorithm);
    }
}
