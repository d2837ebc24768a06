using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Tests.Local;

namespace Waybill.Bundles.Tests.Keys;

public sealed class KeyFileTests : IDisposable
{
    private const string Passphrase = "correct horse ü";

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(KeyPurposes.Encryption, 1)]
    [InlineData(KeyPurposes.Signing, 1)]
    [InlineData(KeyPurposes.All, 2)]
    public void Generate_MakesOneKeyForEachPurpose(KeyPurposes purposes, int count)
    {
        using KeyFile file = KeyFile.Generate(purposes);

        Assert.Equal(count, file.Keys.Count);
        Assert.Equal(count, file.Keys.Select(key => key.KeyId).Distinct().Count());
        Assert.All(file.Keys, key => Assert.Equal((true, false, "P-256"), (key.IsPrivate, key.IsLocked, key.Algorithm)));
        Assert.Equal(purposes, file.Keys.Aggregate(KeyPurposes.None, (all, key) => all | key.Purposes));
        Assert.All(file.Keys, key => Assert.Matches("^[0-9a-f]{32}$", key.KeyId));
    }

    [Theory]
    [InlineData(KeyPurposes.None)]
    [InlineData((KeyPurposes)4)]
    public void Generate_ForNothingKnown_IsRefused(KeyPurposes purposes) => Assert.Throws<ArgumentOutOfRangeException>(() => KeyFile.Generate(purposes));

    [Theory]
    [InlineData("")]
    [InlineData(Passphrase)]
    public async Task SavedFile_LoadsTheSameKeys(string passphrase)
    {
        using KeyFile made = KeyFile.Generate();
        await made.SaveAsync(_directory["key"], passphrase.AsMemory());

        using KeyFile loaded = await KeyFile.LoadAsync(_directory["key"]);
        Assert.Equal(passphrase.Length > 0, loaded.IsLocked);
        if (loaded.IsLocked)
        {
            Assert.All(loaded.Keys, key => Assert.Equal((true, true, (string?)null), (key.IsPrivate, key.IsLocked, key.Algorithm)));
            Assert.Equal(made.Keys.Select(key => key.KeyId), loaded.Keys.Select(key => key.KeyId)); // as the text says
            loaded.Unlock(passphrase);
        }

        Assert.False(loaded.IsLocked);
        Assert.Equal(made.Keys.Select(key => (key.KeyId, key.Purposes, key.Algorithm)), loaded.Keys.Select(key => (key.KeyId, key.Purposes, key.Algorithm)));
        await RequireOpensAsync(made, loaded);
    }

    [Fact]
    public async Task LockedFile_WithoutOrWithAnotherPassphrase_GivesNothing()
    {
        using (KeyFile made = KeyFile.Generate())
        {
            await made.SaveAsync(_directory["key"], Passphrase.AsMemory());
        }

        using KeyFile file = await KeyFile.LoadAsync(_directory["key"]);

        RequireInvalid(() => file.ToBundleKey(), "passphrase");
        RequireInvalid(() => file.ToPublicPem(), "passphrase");
        WaybillException wrong = RequireInvalid(() => file.Unlock("correct horse u"), "passphrase");
        Assert.Equal(_directory["key"], wrong.ObjectName);
        RequireInvalid(() => file.Unlock(""), "empty");
        Assert.True(file.IsLocked);
        file.Unlock(Passphrase);
        file.Unlock("whatever, it is open");
        Assert.NotNull(file.ToBundleKey());
    }

    [Fact]
    public async Task SavedFile_OfEncryptedKeys_HoldsNoPlainOnes()
    {
        using KeyFile file = KeyFile.Generate();
        await file.SaveAsync(_directory["key"], Passphrase.AsMemory());

        string text = await File.ReadAllTextAsync(_directory["key"]);

        Assert.DoesNotContain("-----BEGIN PRIVATE KEY-----", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("-----BEGIN ENCRYPTED PRIVATE KEY-----").Length - 1);
    }

    [SkippableFact]
    public async Task SavedFile_IsItsOwnersAlone()
    {
        using KeyFile file = KeyFile.Generate();

        await file.SaveAsync(_directory["key"]);

        Assert.Equal(Rights.OwnerOnly, Rights.Of(_directory["key"]));
    }

    [Fact]
    public async Task Save_OverAnExistingFile_IsRefused()
    {
        await File.WriteAllTextAsync(_directory["key"], "the only key to five years of backups");
        using KeyFile file = KeyFile.Generate();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => file.SaveAsync(_directory["key"]));

        Assert.Equal(WaybillErrorCode.TargetExists, error.Code);
        Assert.Equal("the only key to five years of backups", await File.ReadAllTextAsync(_directory["key"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [SkippableTheory]
    [InlineData(0b110_100_000)] // 640
    [InlineData(0b110_000_100)] // 604
    [InlineData(0b110_000_010)] // 602
    [InlineData(0b111_111_111)] // 777
    public async Task Load_OfAPrivateKeyThatOthersMayReadOrWrite_IsRefused(int mode)
    {
        using KeyFile file = KeyFile.Generate();
        await file.SaveAsync(_directory["plain"]);
        await file.SaveAsync(_directory["encrypted"], Passphrase.AsMemory());
        foreach (string name in (string[])["plain", "encrypted"])
        {
            Rights.Set(_directory[name], (UnixFileMode)mode);

            WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => KeyFile.LoadAsync(_directory[name]));

            Assert.Equal((WaybillErrorCode.KeyInvalid, _directory[name]), (error.Code, error.ObjectName));
            Assert.Contains("chmod 600", error.Hint, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Load_OfAPublicKeyThatAllMayRead_IsFine()
    {
        using KeyFile made = KeyFile.Generate();
        await File.WriteAllTextAsync(_directory["key.pub"], made.ToPublicPem());
        Rights.Set(_directory["key.pub"], (UnixFileMode)0b110_100_100);

        using KeyFile loaded = await KeyFile.LoadAsync(_directory["key.pub"]);

        Assert.Equal(made.Keys[0].KeyId, loaded.ToRecipient().KeyId);
    }

    // A volume of secrets belongs to root and is made readable by the group of the process that needs it.
    [SkippableFact]
    public async Task Load_OfAPrivateKeyOfSomeoneElse_IsNotRefusedForItsRights()
    {
        Tool.RequireRoot();
        using KeyFile made = KeyFile.Generate();
        await made.SaveAsync(_directory["key"]);
        Tool.Run("chown", "1:1", _directory["key"]);
        Tool.Run("chmod", "440", _directory["key"]);

        using KeyFile loaded = await KeyFile.LoadAsync(_directory["key"]);

        Assert.Equal(2, loaded.Keys.Count);
    }

    [Fact]
    public async Task Load_OfAMissingFile_SaysSo()
    {
        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => KeyFile.LoadAsync(_directory["none"]));

        Assert.Equal((WaybillErrorCode.SourceReadFailed, _directory["none"]), (error.Code, error.ObjectName));
    }

    [Fact]
    public async Task Load_OfSomethingElse_IsRefused()
    {
        foreach ((string what, byte[] content) in ((string, byte[])[])
        [
            ("empty", []), ("random", RandomNumberGenerator.GetBytes(5000)), ("huge", new byte[300_000]), ("a line", "hello\n"u8.ToArray()),
            ("no end", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n"u8.ToArray()),
            ("no key inside", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"u8.ToArray()),
            ("no public key inside", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"u8.ToArray()),
            ("no certificate inside", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"u8.ToArray()),
            ("other", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"u8.ToArray()),
        ])
        {
            string path = _directory[what];
            await File.WriteAllBytesAsync(path, content);

            WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => KeyFile.LoadAsync(path));

            Assert.True((error.Code, error.ObjectName) == (WaybillErrorCode.KeyInvalid, path), $"{what}: {error.ToDisplayString()}");
        }
    }

    [Fact]
    public void Parse_OfTheFormOfAnotherProgram_SaysHowToConvertIt()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        WaybillException error = RequireInvalid(() => KeyFile.Parse(key.ExportECPrivateKeyPem()), "EC PRIVATE KEY");

        Assert.Contains("openssl pkcs8", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void PublicPem_HoldsNothingPrivate_AndTheSameKeys()
    {
        using KeyFile file = KeyFile.Generate();

        string text = file.ToPublicPem();
        using KeyFile read = KeyFile.Parse(text);

        Assert.DoesNotContain("PRIVATE", text, StringComparison.Ordinal);
        Assert.Equal(file.Keys.Select(key => (key.KeyId, key.Purposes)), read.Keys.Select(key => (key.KeyId, key.Purposes)));
        Assert.All(read.Keys, key => Assert.False(key.IsPrivate));
    }

    [Fact]
    public void Recipient_OfAPrivateKey_IsRefusedWithAHint()
    {
        using KeyFile file = KeyFile.Generate();

        Assert.Contains("waybill key public", RequireInvalid(() => file.ToRecipient(), "public").Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void BundleKey_OfAPublicKey_IsRefused()
    {
        using KeyFile file = KeyFile.Generate();
        using KeyFile publicFile = KeyFile.Parse(file.ToPublicPem());

        RequireInvalid(() => publicFile.ToBundleKey(), "no private key");
    }

    [Fact]
    public void LabelledKey_IsUsedForItsPurposeOnly()
    {
        using KeyFile file = KeyFile.Generate(KeyPurposes.Signing);
        using KeyFile publicFile = KeyFile.Parse(file.ToPublicPem());

        RequireInvalid(() => file.ToBundleKey(), "no key for encryption");
        RequireInvalid(() => publicFile.ToRecipient(), "no key for encryption");
        Assert.Equal(file.Keys[0], file.Select(KeyPurposes.Signing, isPrivate: true));
    }

    [Fact]
    public void UnlabelledKey_IsUsedForWhateverIsAsked_IfItIsTheOnlyOne()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = key.ExportPkcs8PrivateKeyPem();
        using KeyFile file = KeyFile.Parse(pem);
        using KeyFile two = KeyFile.Parse(pem + "\n" + other.ExportPkcs8PrivateKeyPem());
        using KeyFile labelled = KeyFile.Parse(pem + "\nWaybill encryption key\n" + other.ExportPkcs8PrivateKeyPem());

        Assert.Equal(KeyPurposes.All, Assert.Single(file.Keys).Purposes);
        Assert.Equal(file.Keys[0].KeyId, file.ToBundleKey().KeyId);
        Assert.Same(file.Keys[0], file.Select(KeyPurposes.Signing, isPrivate: true));
        RequireInvalid(() => two.ToBundleKey(), "2 keys");
        Assert.Equal(labelled.Keys[1].KeyId, labelled.ToBundleKey().KeyId);
        Assert.Same(labelled.Keys[0], labelled.Select(KeyPurposes.Signing, isPrivate: true));
    }

    [Fact]
    public void Parse_TakesTextAroundKeys_AndAnyLineEnds()
    {
        using KeyFile file = KeyFile.Generate();
        string text = "\uFEFFMade for the vault\n\n" + file.ToPublicPem() + "end of file";

        using KeyFile read = KeyFile.Parse(text.Replace("\n", "\r\n", StringComparison.Ordinal));

        Assert.Equal(file.Keys.Select(key => (key.KeyId, key.Purposes)), read.Keys.Select(key => (key.KeyId, key.Purposes)));
    }

    [Fact]
    public void KeyId_InTheTextOfAnUnlockedKey_IsNotBelieved()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        using KeyFile file = KeyFile.Parse($"Key id: {new string('0', 32)}\n{key.ExportPkcs8PrivateKeyPem()}");

        Assert.NotEqual(new string('0', 32), file.Keys[0].KeyId);
    }

    [Fact]
    public async Task Certificate_IsAPublicKey()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=vault", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1)); // expired: only the key counts
        await File.WriteAllTextAsync(_directory["cert"], certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(_directory["key"], key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
        {
            Rights.Set(_directory["key"], UnixFileMode.UserRead);
        }

        using KeyFile publicFile = await KeyFile.LoadAsync(_directory["cert"]);
        using KeyFile privateFile = await KeyFile.LoadAsync(_directory["key"]);

        await RequireOpensAsync(publicFile.ToRecipient(), privateFile);
    }

    [Fact]
    public async Task Rsa_WorksLikeP256()
    {
        using RSA rsa = KeyLab.Rsa();
        using KeyFile file = KeyFile.Parse(rsa.ExportPkcs8PrivateKeyPem());
        await file.SaveAsync(_directory["key"], Passphrase.AsMemory());

        using KeyFile loaded = await KeyFile.LoadAsync(_directory["key"]);
        loaded.Unlock(Passphrase);

        Assert.Equal("RSA-3072", loaded.Keys[0].Algorithm);
        await RequireOpensAsync(PublicKeyRecipient.FromPem(rsa.ExportSubjectPublicKeyInfoPem()), loaded);
    }

    [Fact]
    public void P384_IsForSigningOnly()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using KeyFile file = KeyFile.Parse(key.ExportPkcs8PrivateKeyPem());
        using KeyFile publicFile = KeyFile.Parse(key.ExportSubjectPublicKeyInfoPem());

        Assert.Equal("P-384", file.Keys[0].Algorithm);
        RequireInvalid(() => file.ToBundleKey(), "P-384");
        RequireInvalid(() => publicFile.ToRecipient(), "P-384");
        using ECDsa signing = file.Select(KeyPurposes.Signing, isPrivate: true).PrivateKey!.ToEcdsa();
        Assert.True(key.VerifyData("x"u8, signing.SignData("x"u8.ToArray(), HashAlgorithmName.SHA384), HashAlgorithmName.SHA384));
    }

    [Fact]
    public void WeakKeys_AreRefused()
    {
        using var rsa = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP521);

        RequireInvalid(() => KeyFile.Parse(rsa.ExportPkcs8PrivateKeyPem()), "2048");
        RequireInvalid(() => KeyFile.Parse(rsa.ExportSubjectPublicKeyInfoPem()), "2048");
        RequireInvalid(() => KeyFile.Parse(curve.ExportPkcs8PrivateKeyPem()), "P-256");
        RequireInvalid(() => KeyFile.Parse(curve.ExportSubjectPublicKeyInfoPem()), "P-256");
    }

    [Fact]
    public void Parse_OfTooManyKeys_IsRefused()
    {
        using KeyFile file = KeyFile.Generate(KeyPurposes.Encryption);
        string pem = file.ToPublicPem();

        using KeyFile most = KeyFile.Parse(string.Concat(Enumerable.Repeat(pem, 64)));
        Assert.Equal(64, most.Keys.Count);
        RequireInvalid(() => KeyFile.Parse(string.Concat(Enumerable.Repeat(pem, 65))), "more than 64");
    }

    [Fact]
    public async Task PrivateBundleKey_OfPem_OpensWithTheRightPassphraseOnly()
    {
        using KeyFile file = KeyFile.Generate(KeyPurposes.Encryption);
        await file.SaveAsync(_directory["key"], Passphrase.AsMemory());
        string pem = await File.ReadAllTextAsync(_directory["key"]);

        Assert.Equal(file.Keys[0].KeyId, PrivateBundleKey.FromPem(pem, Passphrase).KeyId);
        RequireInvalid(() => PrivateBundleKey.FromPem(pem), "passphrase");
        RequireInvalid(() => PrivateBundleKey.FromPem(pem, "another"), "passphrase");
    }

    [Fact]
    public async Task Keys_MadeOfAFile_OutliveIt()
    {
        PublicKeyRecipient recipient;
        PrivateBundleKey key;
        using (KeyFile file = KeyFile.Generate())
        {
            recipient = PublicKeyRecipient.FromPem(file.ToPublicPem());
            key = file.ToBundleKey();
        }

        byte[] block = KeyLab.Block();
        WrappedKey wrapped = await recipient.WrapAsync(block, KeyLab.Context(recipient.Type), CancellationToken.None);
        Assert.Equal(block, await key.TryUnwrapAsync(wrapped, KeyLab.Context(recipient.Type), CancellationToken.None));
        key.Dispose();
    }

    [Fact]
    public void DisposedFile_GivesNoKeys()
    {
        KeyFile file = KeyFile.Generate();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.ToBundleKey());
    }

    private static Task RequireOpensAsync(KeyFile publicSide, KeyFile privateSide) =>
        RequireOpensAsync(PublicKeyRecipient.FromPem(publicSide.ToPublicPem()), privateSide);

    private static async Task RequireOpensAsync(PublicKeyRecipient recipient, KeyFile privateSide)
    {
        byte[] block = KeyLab.Block();
        using PrivateBundleKey key = privateSide.ToBundleKey();
        WrappedKey wrapped = await recipient.WrapAsync(block, KeyLab.Context(recipient.Type), CancellationToken.None);
        Assert.Equal(block, await key.TryUnwrapAsync(wrapped, KeyLab.Context(recipient.Type), CancellationToken.None));
    }

    private static WaybillException RequireInvalid(Action action, string text)
    {
        WaybillException error = Assert.Throws<WaybillException>(action);
        Assert.Equal(WaybillErrorCode.KeyInvalid, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        return error;
    }

    private static WaybillException RequireInvalid(Func<object> action, string text) => RequireInvalid(() => { action(); }, text);
}
