using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Sealing;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Rewriting;

public sealed class BundleRewriterTests
{
    [Fact]
    public async Task Rewrap_OpensForTheNewRecipients_AndNotForTheOld_WithTheSameManifest()
    {
        byte[] bundle = await SealLab.RichAsync();
        byte[] key = Lab.Noise(32, 50);
        byte[] rewrapped = await RewrapAsync(bundle, new PresharedKeyRecipient(key));

        using var newKey = new PresharedBundleKey(key);
        Assert.Null((await SealLab.VerifyAsync(rewrapped, newKey)).Problem);
        await Assert.ThrowsAsync<BundleFormatException>(() => SealLab.OpenAsync(rewrapped, SealLab.FullKey));
        await MustHaveSameDigestAsync(bundle, SealLab.FullKey, rewrapped, newKey);
        Assert.Equal(bundle.Length, rewrapped.Length);
        Assert.Equal(Chunks(bundle), Chunks(rewrapped));
    }

    [Fact]
    public async Task Rewrap_WithMoreRecipientsThanFit_IsRefused()
    {
        byte[] bundle = await SealLab.RichAsync();
        BundleRecipient[] many = [.. Enumerable.Range(0, 64).Select(i => new PresharedKeyRecipient(Lab.Noise(32, 100 + i)))];

        Assert.Equal(WaybillErrorCode.LimitExceeded, (await Assert.ThrowsAsync<WaybillException>(() => RewrapAsync(bundle, many))).Code);
    }

    [Fact]
    public async Task Rewrap_WithAKeyThatDoesNotOpenEverything_IsRefused()
    {
        byte[] bundle = await Lab.FullAsync(Lab.Noise(1000, 1), SealLab.Options());
        using var source = new MemoryStream();

        BundleFormatException error = await Assert.ThrowsAsync<BundleFormatException>(() =>
            BundleRewriter.RewrapAsync(new MemoryByteSource(bundle), source, [SealLab.FullRecipient], SealLab.Reading(SealLab.DataKey)));
        Assert.Equal(WaybillErrorCode.ScopeMissing, error.Code);
        Assert.Equal(0, source.Length);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Reencrypt_KeepsManifestRootsAndContent(bool wasEncrypted, bool becomesEncrypted)
    {
        byte[] volume = Lab.MixedVolume(20_000_000);
        BundleWriterOptions options = SealLab.Options(BundleCodec.Zstd);
        options.Encryption = wasEncrypted ? options.Encryption : null;
        options.CheckpointInterval = 500_000;
        byte[] bundle = await Lab.FullAsync(volume, options);
        var output = new MemoryStream();
        await BundleRewriter.ReencryptAsync(new MemoryByteSource(bundle), output, becomesEncrypted ? SealLab.Encryption(SealSuite.ChaCha20Poly1305) : null, SealLab.Reading(SealLab.FullKey));
        byte[] copy = output.ToArray();

        VerificationReport report = await SealLab.VerifyAsync(copy, SealLab.FullKey);
        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.Equal(becomesEncrypted, Preamble.Read(copy).Features.IsEncrypted);
        await MustHaveSameDigestAsync(bundle, SealLab.FullKey, copy, SealLab.FullKey);
        await using BundleChain chain = await SealLab.OpenChainAsync(SealLab.FullKey, copy);
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        Lab.AssertSame(volume, await Lab.ReadAllAsync(content), "volume");
        if (wasEncrypted)
        {
            Assert.Empty(Chunks(bundle).Intersect(Chunks(copy)));
        }
    }

    [Fact]
    public async Task Reencrypt_OfAParent_KeepsItTheParent()
    {
        byte[] monday = Lab.MixedVolume(300_000);
        byte[] tuesday = (byte[])monday.Clone();
        Lab.Noise(900, 9).CopyTo(tuesday, 130_000);
        byte[] full = await Lab.FullAsync(monday, SealLab.Options());
        byte[] incremental;
        await using (BundleChain parent = await SealLab.OpenChainAsync(SealLab.FullKey, full))
        {
            incremental = await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(tuesday))), SealLab.Options(), parent);
        }

        var output = new MemoryStream();
        await BundleRewriter.ReencryptAsync(new MemoryByteSource(full), output, null, SealLab.Reading(SealLab.FullKey));

        await using BundleChain chain = await SealLab.OpenChainAsync(SealLab.FullKey, incremental, output.ToArray());
        Assert.True((await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned)).IsValid);
    }

    [Fact]
    public async Task Reencrypt_OfADamagedBundle_WritesNothing()
    {
        byte[] bundle = await SealLab.RichAsync();
        byte[] damaged = BundleMap.Damage(bundle, BundleMap.First(bundle, RecordType.Chunk));
        var output = new MemoryStream();

        await Assert.ThrowsAnyAsync<WaybillException>(() => BundleRewriter.ReencryptAsync(new MemoryByteSource(damaged), output, null, SealLab.Reading(SealLab.FullKey)));
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public async Task Encrypting_AReproducibleBundle_IsRefused()
    {
        byte[] bundle = await Lab.WriteAsync(
            w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(Lab.Noise(1000, 1)))),
            new BundleWriterOptions { Reproducible = true, Codec = BundleCodec.None, BundleId = BundleId.New(), Created = new Timestamp(1, 0) },
            description: new BundleDescription(Lab.Application) { Lineage = new Lineage(LineageId.New(), 0) });

        Assert.Equal(WaybillErrorCode.MergeRefused, (await Assert.ThrowsAsync<WaybillException>(() =>
            BundleRewriter.ReencryptAsync(new MemoryByteSource(bundle), new MemoryStream(), SealLab.Encryption(), new BundleReaderOptions()))).Code);
    }

    private static async Task<byte[]> RewrapAsync(byte[] bundle, params BundleRecipient[] recipients)
    {
        var output = new MemoryStream();
        await BundleRewriter.RewrapAsync(new MemoryByteSource(bundle), output, recipients, SealLab.Reading(SealLab.FullKey));
        return output.ToArray();
    }

    private static async Task MustHaveSameDigestAsync(byte[] one, BundleKey keyOfOne, byte[] two, BundleKey keyOfTwo)
    {
        await using BundleReader a = await SealLab.OpenAsync(one, keyOfOne);
        await using BundleReader b = await SealLab.OpenAsync(two, keyOfTwo);
        Assert.Equal(a.Manifest.Digest, b.Manifest.Digest);
    }

    private static List<string> Chunks(byte[] bundle) => [.. BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Chunk).Select(r => Convert.ToHexString(r.Payload.AsSpan(24, 64)))];
}
