using System.Security.Cryptography;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Tests.Local;

namespace Waybill.Bundles.Tests.Keys;

/// <summary>Our key files read by openssl, and those of openssl read by us.</summary>
public sealed class OpenSslTests : IDisposable
{
    private const string Passphrase = "hunter2 ü";

    private readonly TempDirectory _directory = new();

    public OpenSslTests() => File.WriteAllText(_directory["pass"], Passphrase + "\n");

    public void Dispose() => _directory.Dispose();

    [SkippableTheory]
    [InlineData(KeyPurposes.Encryption, "")]
    [InlineData(KeyPurposes.Signing, "")]
    [InlineData(KeyPurposes.Encryption, Passphrase)]
    [InlineData(KeyPurposes.Signing, Passphrase)]
    public async Task PrivateKey_OfOurs_IsReadByOpenSsl(KeyPurposes purpose, string passphrase)
    {
        Tool.Require("openssl");
        using KeyFile file = KeyFile.Generate(purpose);
        await file.SaveAsync(_directory["key"], passphrase.AsMemory());

        Tool.Run("openssl", "pkey", "-in", _directory["key"], "-passin", "file:" + _directory["pass"], "-check", "-noout");
        Tool.Run("openssl", "pkey", "-in", _directory["key"], "-passin", "file:" + _directory["pass"], "-pubout", "-out", _directory["pub"]);

        using KeyFile read = await KeyFile.LoadAsync(_directory["pub"]);
        Assert.Equal(file.Keys[0].KeyId, read.Keys[0].KeyId);
    }

    [SkippableFact]
    public async Task EncryptedKey_OfOurs_IsProtectedAsItSays()
    {
        Tool.Require("openssl");
        using KeyFile file = KeyFile.Generate(KeyPurposes.Encryption);
        await file.SaveAsync(_directory["key"], Passphrase.AsMemory());

        string shown = Tool.Run("openssl", "asn1parse", "-strictpem", "-in", _directory["key"]);

        Assert.Matches(":PBES2", shown);
        Assert.Matches(":PBKDF2", shown);
        Assert.Matches("INTEGER +:0927C0", shown); // 600 000
        Assert.Matches(":hmacWithSHA256", shown);
        Assert.Matches(":aes-256-cbc", shown);
    }

    [SkippableFact]
    public async Task PublicKey_OfOurs_IsReadByOpenSsl()
    {
        Tool.Require("openssl");
        using KeyFile file = KeyFile.Generate(KeyPurposes.Encryption);
        await File.WriteAllTextAsync(_directory["pub"], file.ToPublicPem());

        Tool.Run("openssl", "pkey", "-pubin", "-in", _directory["pub"], "-outform", "DER", "-out", _directory["der"]);

        Assert.Equal(file.Keys[0].KeyId, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_directory["der"])).AsSpan(0, 16)));
    }

    [SkippableTheory]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-256", "P-256", false)]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-256", "P-256", true)]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-384", "P-384", true)]
    [InlineData("RSA -pkeyopt rsa_keygen_bits:3072", "RSA-3072", false)]
    [InlineData("RSA -pkeyopt rsa_keygen_bits:3072", "RSA-3072", true)]
    public async Task Key_OfOpenSsl_IsReadByUs(string algorithm, string name, bool encrypted)
    {
        Tool.Require("openssl");
        Tool.Run(
            "openssl",
            ["genpkey", "-algorithm", .. algorithm.Split(' '), "-out", _directory["key"], .. encrypted ? (string[])["-aes-256-cbc", "-pass", "file:" + _directory["pass"]] : []]);
        Tool.Run("openssl", "pkey", "-in", _directory["key"], "-passin", "file:" + _directory["pass"], "-pubout", "-out", _directory["pub"]);
        Tool.Run("chmod", "600", _directory["key"]);

        using KeyFile file = await KeyFile.LoadAsync(_directory["key"]);
        using KeyFile publicFile = await KeyFile.LoadAsync(_directory["pub"]);
        Assert.Equal(encrypted, file.IsLocked);
        if (encrypted)
        {
            file.Unlock(Passphrase);
        }

        Assert.Equal((name, publicFile.Keys[0].KeyId), (file.Keys[0].Algorithm, file.Keys[0].KeyId));
        if (name == "P-384")
        {
            return; // for signing only
        }

        byte[] block = KeyLab.Block();
        PublicKeyRecipient recipient = publicFile.ToRecipient();
        using PrivateBundleKey key = file.ToBundleKey();
        WrappedKey wrapped = await recipient.WrapAsync(block, KeyLab.Context(recipient.Type), CancellationToken.None);
        Assert.Equal(block, await key.TryUnwrapAsync(wrapped, KeyLab.Context(recipient.Type), CancellationToken.None));
    }

    // Curves spelled out instead of named, and points in other forms, are how files lead a program onto a curve of someone's choice.
    [SkippableTheory]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit")]
    [InlineData("EC -pkeyopt ec_paramgen_curve:secp256k1")]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-521")]
    [InlineData("RSA -pkeyopt rsa_keygen_bits:2048")]
    [InlineData("ED25519")]
    [InlineData("X25519")]
    public async Task Key_OfAnotherKind_IsRefused(string algorithm)
    {
        Tool.Require("openssl");
        Tool.Run("openssl", ["genpkey", "-algorithm", .. algorithm.Split(' '), "-out", _directory["key"]]);
        Tool.Run("openssl", "pkey", "-in", _directory["key"], "-pubout", "-out", _directory["pub"]);
        Tool.Run("openssl", "pkey", "-in", _directory["key"], "-aes-256-cbc", "-passout", "file:" + _directory["pass"], "-out", _directory["locked"]);
        Tool.Run("chmod", "600", _directory["key"], _directory["locked"]);

        foreach (string name in (string[])["key", "pub"])
        {
            WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => KeyFile.LoadAsync(_directory[name]));
            Assert.True(error.Code == WaybillErrorCode.KeyInvalid, name);
        }

        using KeyFile locked = await KeyFile.LoadAsync(_directory["locked"]);
        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => locked.Unlock(Passphrase)).Code);
    }

    [SkippableFact]
    public async Task Key_ProtectedByScrypt_IsRefusedWithAReason()
    {
        Tool.Require("openssl");
        Tool.Run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", _directory["plain"]);
        Tool.Run("openssl", "pkcs8", "-topk8", "-scrypt", "-in", _directory["plain"], "-out", _directory["key"], "-passout", "file:" + _directory["pass"]);
        Tool.Run("chmod", "600", _directory["key"]);
        using KeyFile file = await KeyFile.LoadAsync(_directory["key"]);

        WaybillException error = Assert.Throws<WaybillException>(() => file.Unlock(Passphrase));

        Assert.Equal(WaybillErrorCode.KeyInvalid, error.Code);
        Assert.Contains("not used here", error.Hint, StringComparison.Ordinal);
    }
}
