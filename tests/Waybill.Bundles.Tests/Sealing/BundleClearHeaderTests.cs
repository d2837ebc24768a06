using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Sealing;

/// <summary>What a bundle shows to somebody without a key.</summary>
public sealed class BundleClearHeaderTests
{
    [Fact]
    public async Task Encrypted_ShowsForWhomItIs_AndWhatWasLeftInTheClear()
    {
        var encryption = new BundleEncryption(SealLab.Encryption().Recipients) { ShowPublicTags = true };
        BundleWriterOptions options = SealLab.Options(encryption: encryption);
        using KeyFile keys = KeyFile.Generate(KeyPurposes.Signing);
        using BundleSigner signer = keys.ToSigner();
        options.Signers = [signer];
        byte[] bundle = await SealLab.RichAsync(options);

        BundleClearHeader header = await ReadAsync(bundle);

        await using BundleReader reader = await SealLab.OpenAsync(bundle, SealLab.MetaKey);
        Assert.Equal((reader.Manifest.Id, true, true), (header.Id, header.IsEncrypted, header.IsComplete));
        Assert.Equal((true, KeyScopes.Metadata), (reader.IsEncrypted, reader.Scopes));
        Assert.Equal(["all", "data", "metadata"], header.Recipients.Select(recipient => recipient.Scopes.ToString().ToLowerInvariant()));
        Assert.All(header.Recipients, recipient => Assert.Equal("psk", recipient.Type));
        Assert.Equal("PUBLIC-TAG-OF-TEAM", Assert.Single(header.PublicTags).Key);
        Assert.Contains("ENCRYPTED", header.Features);
        Assert.Equal([signer.KeyId, signer.KeyId], header.Statements.SelectMany(statement => statement.Signatures).Select(signature => Convert.ToHexStringLower(signature.KeyId.Span)));
    }

    [Fact]
    public async Task Clear_HasNoRecipients()
    {
        byte[] bundle = await Lab.FullAsync(Lab.Noise(100_000, 1), Lab.SmallCells(BundleCodec.None));

        BundleClearHeader header = await ReadAsync(bundle);
        await using BundleReader reader = await SealLab.OpenAsync(bundle);

        Assert.Equal((false, true), (header.IsEncrypted, header.IsComplete));
        Assert.Empty(header.Recipients);
        Assert.Equal((false, KeyScopes.All), (reader.IsEncrypted, reader.Scopes));
    }

    [Fact]
    public async Task DamagedOrCut_IsReadOrRefused_AndNothingElse()
    {
        byte[] bundle = await SealLab.RichAsync();
        for (int i = 0; i < bundle.Length; i += i < 20_000 || i > bundle.Length - 12_000 ? 61 : 4_099)
        {
            byte[] damaged = [.. bundle];
            damaged[i] ^= (byte)(1 << (i % 8));
            await TryReadAsync(damaged);
            await TryReadAsync(bundle[..i]);
        }
    }

    private static Task<BundleClearHeader> ReadAsync(byte[] bundle) => BundleClearHeader.ReadAsync(new MemoryByteSource(bundle));

    private static async Task TryReadAsync(byte[] bundle)
    {
        try
        {
            await ReadAsync(bundle);
        }
        catch (BundleFormatException)
        {
            // A refusal with a code is what hostile bytes may get.
        }
    }
}
