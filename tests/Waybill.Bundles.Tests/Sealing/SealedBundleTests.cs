using System.Text;
using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Sealing;

public sealed class SealedBundleTests
{
    [Theory]
    [InlineData(SealSuite.AesGcm)]
    [InlineData(SealSuite.ChaCha20Poly1305)]
    [Spec("E-05")]
    public async Task Bundle_OfEitherSuite_ReadsAsItWasWritten(SealSuite suite)
    {
        byte[] volume = Lab.MixedVolume(700_000);
        byte[] bundle = await Lab.FullAsync(volume, SealLab.Options(encryption: SealLab.Encryption(suite)));

        Assert.Null((await SealLab.VerifyAsync(bundle, SealLab.FullKey)).Problem);
        await using BundleChain chain = await SealLab.OpenChainAsync(SealLab.FullKey, bundle);
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        Lab.AssertSame(volume, await Lab.ReadAllAsync(content), "volume");
    }

    [Theory]
    [InlineData(BundleCodec.None)]
    [InlineData(BundleCodec.Lz4)]
    [InlineData(BundleCodec.Zstd)]
    public async Task Bundle_WithOrWithoutEncryption_HasTheSameRoots(BundleCodec codec)
    {
        byte[] volume = Lab.MixedVolume(300_000);
        byte[] clear = await Lab.FullAsync(volume, Lab.SmallCells(codec));
        byte[] hidden = await Lab.FullAsync(volume, SealLab.Options(codec));

        await using BundleReader a = await SealLab.OpenAsync(clear);
        await using BundleReader b = await SealLab.OpenAsync(hidden, SealLab.FullKey);
        Assert.Equal(a.Manifest.Streams[0].Root, b.Manifest.Streams[0].Root);
    }

    [Fact]
    public async Task Chain_OfEncryptedBundles_ReadsAndVerifies()
    {
        byte[] monday = Lab.MixedVolume(500_000);
        byte[] tuesday = (byte[])monday.Clone();
        Lab.Noise(900, 9).CopyTo(tuesday, 130_000);
        byte[] full = await Lab.FullAsync(monday, SealLab.Options());
        byte[] incremental;
        await using (BundleChain parent = await SealLab.OpenChainAsync(SealLab.FullKey, full))
        {
            incremental = await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(tuesday))), SealLab.Options(), parent);
        }

        await using BundleChain chain = await SealLab.OpenChainAsync(SealLab.FullKey, incremental, full);
        VerificationReport report = await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned);
        Assert.True(report.IsValid, report.Problem?.ToString());
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        Lab.AssertSame(tuesday, await Lab.ReadAllAsync(content), "tuesday");
    }

    [Fact]
    [Spec("E-07")]
    public async Task Plaintext_NeverShows()
    {
        byte[] bundle = await SealLab.RichAsync(SealLab.Options(BundleCodec.None));

        foreach (string text in (string[])["PLAINTEXT", Lab.Application.Name, "dump.sql", "resources", "ConfigMap", "PUBLIC-TAG-OF-TEAM"])
        {
            Assert.True(bundle.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) < 0, $"'{text}' can be read without a key");
        }

        byte[] root;
        await using (BundleReader reader = await SealLab.OpenAsync(bundle, SealLab.FullKey))
        {
            root = reader.Manifest.Streams[0].Root.ToByteArray();
            Assert.True(bundle.AsSpan().IndexOf(reader.Manifest.Lineage.Id.ToByteArray()) < 0, "the lineage shows");
        }

        Assert.True(bundle.AsSpan().IndexOf(root) < 0, "a root shows");
    }

    [Fact]
    [Spec("E-07")]
    public async Task PublicTags_ShowOnlyIfAskedFor()
    {
        BundleEncryption encryption = new(SealLab.FullRecipient) { ShowPublicTags = true };
        byte[] bundle = await SealLab.RichAsync(SealLab.Options(encryption: encryption));

        Assert.True(bundle.AsSpan().IndexOf("PUBLIC-TAG-OF-TEAM"u8) > 0);
        Assert.True(bundle.AsSpan().IndexOf("PLAINTEXT"u8) < 0);
        Assert.Null((await SealLab.VerifyAsync(bundle, SealLab.FullKey)).Problem);
    }

    [Fact]
    [Spec("E-11")]
    public async Task MetadataKey_OpensManifestAndDefinitions_NotDataNotSecrets()
    {
        byte[] bundle = await SealLab.RichAsync();
        await using BundleChain chain = await SealLab.OpenChainAsync(SealLab.MetaKey, bundle);

        Assert.Equal("PLAINTEXT-VALUE", chain.Manifest.Tags.Single(t => t.Key == "PLAINTEXT-KEY").Value.ToString());
        ResourceObject map = await SingleAsync(chain.Bundles[0].ReadResourcesAsync(secrets: false));
        Assert.Equal("PLAINTEXT-NAME", map.Name);
        await using BlockReader volume = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        await MustLackScopeAsync(async () => await volume.ReadAsync(0, new byte[100]));
        await MustLackScopeAsync(() => SingleAsync(chain.Bundles[0].ReadResourcesAsync(secrets: true)));
    }

    [Fact]
    [Spec("E-11")]
    public async Task DataKey_OpensEverythingButSecrets()
    {
        byte[] bundle = await SealLab.RichAsync();
        await using BundleChain chain = await SealLab.OpenChainAsync(SealLab.DataKey, bundle);

        await using BlockReader volume = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        Lab.AssertSame(Lab.MixedVolume(400_000), await Lab.ReadAllAsync(volume), "volume");
        await MustLackScopeAsync(() => SingleAsync(chain.Bundles[0].ReadResourcesAsync(secrets: true)));
        await using BundleReader full = await SealLab.OpenAsync(bundle, SealLab.FullKey);
        Assert.Equal("PLAINTEXT-PASSWORD", Encoding.UTF8.GetString((await SingleAsync(full.ReadResourcesAsync(secrets: true))).Content.Span));
    }

    [Fact]
    [Spec("E-06")]
    public async Task WrongKeyOrNone_IsSaid_WithTheRecipients()
    {
        byte[] bundle = await SealLab.RichAsync();

        Assert.Equal(WaybillErrorCode.NoMatchingKey, (await Assert.ThrowsAsync<BundleFormatException>(() => SealLab.OpenAsync(bundle, SealLab.WrongKey))).Code);
        BundleFormatException none = await Assert.ThrowsAsync<BundleFormatException>(() => SealLab.VerifyAsync(bundle));
        Assert.Equal(WaybillErrorCode.NoMatchingKey, none.Code);
        Assert.Contains("shared key", none.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralKeys_TheOneThatOpensMostIsUsed()
    {
        byte[] bundle = await SealLab.RichAsync();

        Assert.Null((await SealLab.VerifyAsync(bundle, SealLab.WrongKey, SealLab.MetaKey, SealLab.FullKey)).Problem);
    }

    [Fact]
    [Spec("E-13")]
    [Spec("E-14")]
    public async Task TwoBundlesOfTheSameContent_ShareNothing()
    {
        BundleWriterOptions options = SealLab.Options(BundleCodec.None);
        options.BundleId = BundleId.New();
        byte[] one = await SealLab.RichAsync(options);
        byte[] two = await SealLab.RichAsync(options);

        byte[][] parts = [.. BundleMap.Of(one).Where(r => r.Header.IsSealed).Select(r => r.Payload[..32])];
        Assert.All(parts, part => Assert.True(two.AsSpan().IndexOf(part) < 0, "the same bytes in both"));
        await using BundleReader a = await SealLab.OpenAsync(one, SealLab.FullKey);
        await using BundleReader b = await SealLab.OpenAsync(two, SealLab.FullKey);
        Assert.NotEqual(a.Manifest.Digest, b.Manifest.Digest);
        Assert.NotEqual(a.Manifest.Streams.Single(s => s.Kind == StreamKind.Secrets).Root, b.Manifest.Streams.Single(s => s.Kind == StreamKind.Secrets).Root);
    }

    [Fact]
    public async Task RandomRead_TakesFourReadsAtMost()
    {
        byte[] bundle = await Lab.FullAsync(Lab.MixedVolume(40_000_000), SealLab.Options(BundleCodec.None));
        var source = new CountingByteSource(bundle);
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned, SealLab.Reading(SealLab.FullKey)), null);
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        await content.ReadAsync(20_000_000, new byte[1000]);

        Assert.True(source.Reads <= 4, $"{source.Reads} reads");
    }

    [Fact]
    public async Task Pipe_ReadsFrontToBack()
    {
        byte[] bundle = await SealLab.RichAsync();
        await using var reader = new BundleStreamReader(new MemoryStream(bundle), TrustPolicy.AcceptUnsigned, SealLab.Reading(SealLab.FullKey));
        long bytes = 0;
        while (await reader.ReadAsync() is { } item)
        {
            bytes += item is BundleItem.Content content ? content.Data.Length : 0;
        }

        Assert.True(bytes > 200_000);
    }

    [Fact]
    public async Task Salvage_OfACutBundle_OpensWhatLiesBeforeTheCut()
    {
        byte[] volume = Lab.MixedVolume(700_000);
        byte[] bundle = await Lab.FullAsync(volume, SealLab.Options(BundleCodec.None));
        MappedRecord cut = BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Chunk).ElementAt(4);

        SalvageReport report = await BundleSalvager.ScanAsync(new MemoryByteSource(bundle[..(cut.Start + 10)]), SealLab.Reading(SealLab.FullKey));

        await using SalvagedContent content = BundleSalvager.OpenStream(report, report.FindStream(StreamKind.BlockVolume, Lab.Volume)!);
        var head = new byte[200_000];
        await content.ReadAsync(0, head);
        Lab.AssertSame(volume[..200_000], head, "salvaged");
    }

    [Fact]
    [Spec("E-02")]
    public async Task Salvage_WithTheHeadLost_UsesTheCopyOfTheEnvelope()
    {
        byte[] volume = Lab.MixedVolume(300_000);
        byte[] bundle = await Lab.FullAsync(volume, SealLab.Options(BundleCodec.None));
        byte[] damaged = (byte[])bundle.Clone();
        damaged.AsSpan(0, 8192).Clear();

        SalvageReport report = await BundleSalvager.ScanAsync(new MemoryByteSource(damaged), SealLab.Reading(SealLab.FullKey));

        Assert.True(report.HasTrailer);
        SalvagedStream stream = report.FindStream(StreamKind.BlockVolume, Lab.Volume)!;
        await using SalvagedContent content = BundleSalvager.OpenStream(report, stream);
        var tail = new byte[100_000];
        await content.ReadAsync(200_000, tail);
        Lab.AssertSame(volume[200_000..], tail, "salvaged");
        Assert.Equal(WaybillErrorCode.NoMatchingKey, (await Assert.ThrowsAsync<BundleFormatException>(() => BundleSalvager.ScanAsync(new MemoryByteSource(damaged)))).Code);
    }

    [Fact]
    public async Task Salvage_ReportDisposed_StillSpeaksAndNoLongerOpensContent()
    {
        byte[] volume = Lab.MixedVolume(300_000);
        byte[] bundle = await Lab.FullAsync(volume, SealLab.Options(BundleCodec.None));
        SalvageReport report = await BundleSalvager.ScanAsync(new MemoryByteSource(bundle), SealLab.Reading(SealLab.FullKey));
        SalvagedStream stream = report.FindStream(StreamKind.BlockVolume, Lab.Volume)!;
        await using SalvagedContent content = BundleSalvager.OpenStream(report, stream);
        var head = new byte[1000];
        await content.ReadAsync(0, head);
        Lab.AssertSame(volume[..1000], head, "salvaged");

        report.Dispose();

        Assert.Equal(Lab.Volume, report.FindStream(StreamKind.BlockVolume, Lab.Volume)?.Name);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await content.ReadAsync(200_000, head));
        await using BundleReader reader = await SealLab.OpenAsync(bundle, SealLab.FullKey);
        Assert.Equal(KeyScopes.All, reader.Scopes);
    }

    private static async Task<ResourceObject> SingleAsync(IAsyncEnumerable<ResourceObject> resources)
    {
        List<ResourceObject> all = [];
        await foreach (ResourceObject resource in resources)
        {
            all.Add(resource);
        }

        return Assert.Single(all);
    }

    private static async Task MustLackScopeAsync(Func<Task> read) =>
        Assert.Equal(WaybillErrorCode.ScopeMissing, (await Assert.ThrowsAsync<BundleFormatException>(read)).Code);

    private sealed class CountingByteSource(byte[] bytes) : ByteSource
    {
        public int Reads { get; private set; }

        public override string Name => "counted";

        public override long Length => bytes.Length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            Reads++;
            int count = (int)Math.Min(destination.Length, bytes.Length - offset);
            bytes.AsMemory((int)offset, count).CopyTo(destination);
            return ValueTask.FromResult(count);
        }
    }
}
