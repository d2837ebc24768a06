using Waybill.Testing;

namespace Waybill.Catalog.Tests.Scanning;

public sealed class ScanTests
{
    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Scan_OfADirectory_AddsEveryBundle_AndAgainNothing(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await File.WriteAllTextAsync(lab["notes.txt"], "not a bundle");
        await File.WriteAllTextAsync(lab["fake.waybill"], "not a bundle either, whatever its name says");

        CatalogScanReport first = await lab.ScanAsync();
        string export = await lab.ExportAsync();
        CatalogScanReport second = await lab.ScanAsync();

        Assert.Equal((5, 5, 1, 0), (first.Read, first.Added, first.NotBundles, first.Gone));
        Assert.Equal((5, 0, 1, 0), (second.Read, second.Added, second.NotBundles, second.Gone));
        Assert.Empty(first.Problems);
        Assert.Equal(export, await lab.ExportAsync());
        CatalogStatistics counts = await lab.Catalog.GetStatisticsAsync();
        Assert.Equal((2, 5, 0, 5), (counts.Applications, counts.Points, counts.GonePoints, counts.Copies));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Catalog_DeletedAndRebuilt_ExportsTheSame(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await (Shop.Full(9) with { Tags = [new Tag("list", new TagValue.TextList(["a\nb", @"c\s"])), new Tag("n", new TagValue.Number(-3)), new Tag("t", new TagValue.Time(new Timestamp(5, 6)))] })
            .WriteAsync(lab["below/nine.waybill"]);
        await lab.ScanAsync(CatalogDepth.Files);
        string before = await lab.ExportAsync();

        // In another order, one by one, and deeper in a second pass.
        await lab.RenewAsync();
        foreach (string path in Directory.EnumerateFiles(lab.Bundles, "*.waybill", SearchOption.AllDirectories).OrderDescending(StringComparer.Ordinal))
        {
            await lab.Scanner().AddAsync([path]);
        }

        await lab.ScanAsync(CatalogDepth.Files);

        Assert.Equal(before, await lab.ExportAsync());
        Assert.Contains("orders/2025-q4.csv", before, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task BothDatabases_ExportTheSame()
    {
        Machine.RequireRoot();
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync(CatalogDepth.Files);
        await using BundleCatalog other = await BundleCatalog.OpenAsync(await PostgresServer.CreateDatabaseAsync());
        await new CatalogScanner(other, new CatalogScanOptions { Depth = CatalogDepth.Files }).ScanAsync(lab.Bundles);
        var output = new MemoryStream();
        await other.ExportAsync(output, files: true);

        Assert.Equal(await lab.ExportAsync(), System.Text.Encoding.UTF8.GetString(output.ToArray()));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Scan_OfWhatIsGone_MarksIt_AndForgetsNothing(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync(CatalogDepth.Files);
        File.Delete(lab["shop-4.waybill"]);
        lab.Time.Advance(TimeSpan.FromDays(1));

        CatalogScanReport report = await lab.ScanAsync(CatalogDepth.Files);

        Assert.Equal(1, report.Gone);
        CatalogPoint gone = (await lab.LifeAsync(Shop.Id)).Points[^1];
        Assert.Equal(ChainState.Gone, gone.Chain);
        Assert.Equal(new DateTimeOffset(2026, 6, 2, 0, 0, 0, TimeSpan.Zero), gone.Copies[0].Gone?.ToDateTimeOffset());
        Assert.Contains("store-front: Volume handle=lun-77", await lab.FindAsync("LUN-77"));

        // It comes back.
        await (Shop.Full(20) with { Seed = 9 }).WriteAsync(lab["shop-4.waybill"]);
        Assert.Equal(0, (await lab.ScanAsync()).Gone);
        Assert.Equal(1, (await lab.Catalog.GetStatisticsAsync()).GonePoints);
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Scan_OfAStore_TakesItsNames(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        string path = await Shop.Full(1).WriteAsync(lab["shop-1.waybill"]);
        var store = new InMemoryBundleStore("bucket");
        await using (Waybill.Storage.StoreUpload upload = await store.CreateAsync("shop.waybill"))
        {
            await upload.Body.WriteAsync(await File.ReadAllBytesAsync(path));
            await upload.CommitAsync();
        }

        await lab.ScanAsync();
        CatalogScanReport report = await lab.Scanner().ScanAsync(store);

        Assert.Equal((1, 0), (report.Read, report.Added));
        Assert.Equal([$"{lab.Bundles}/shop-1.waybill", "bucket/shop.waybill"], (await lab.LifeAsync(Shop.Id)).Points[0].Copies.Select(copy => $"{copy.Store}/{copy.Name}"));

        await store.DeleteAsync("shop.waybill");
        Assert.Equal(1, (await lab.Scanner().ScanAsync(store)).Gone);
        Assert.Equal(ChainState.Complete, (await lab.LifeAsync(Shop.Id)).Points[0].Chain);
    }

    [Fact]
    public async Task Scan_ReadsEndsOfBundlesOnly()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        string path = await (Shop.Full(1) with { VolumeBytes = 4_000_000 }).WriteAsync(lab["shop-1.waybill"]);
        var store = new CountingStore(await File.ReadAllBytesAsync(path));

        await lab.Scanner().ScanAsync(store);

        Assert.InRange(store.Length, 4_000_000, long.MaxValue);
        Assert.InRange(store.BytesRead, 1, new BundleReaderOptions().TailBytes);
    }

    [Fact]
    public async Task Scan_OfEncryptedBundles_NeedsAMetadataKeyOnly()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        using KeyFile owner = KeyFile.Generate(KeyPurposes.Encryption);
        using KeyFile reader = KeyFile.Generate(KeyPurposes.Encryption);
        var encryption = new BundleEncryption(PublicPart(owner), PublicPart(reader, KeyScopes.Metadata)) { ShowPublicTags = true };
        await (Shop.Full(1) with { Encryption = encryption, Tags = [Tag.User("site", "north") with { Sensitivity = TagSensitivity.Public }] }).WriteAsync(lab["sealed.waybill"]);

        CatalogScanReport closed = await lab.ScanAsync(CatalogDepth.Files);
        IReadOnlyList<CatalogOrphan> orphans = await lab.Catalog.FindOrphansAsync();
        using PrivateBundleKey key = reader.ToBundleKey();
        CatalogScanReport opened = await lab.ScanAsync(CatalogDepth.Files, key);

        Assert.Equal(WaybillErrorCode.NoMatchingKey, Assert.Single(closed.Problems).Problem.Code);
        CatalogOrphan orphan = Assert.Single(orphans);
        Assert.Equal((OrphanKind.UnreadableBundle, "site=north", WaybillErrorCode.NoMatchingKey), (orphan.Kind, orphan.Note, orphan.Problem));
        Assert.Empty(opened.Problems);
        Assert.Equal(["shop: File orders/2025-q4.csv"], await lab.FindAsync("2025-Q4"));
        Assert.Equal(["shop: Image registry.example/shop/web:1.2"], await lab.FindAsync("web:1.2"));
        Assert.True((await lab.LifeAsync(Shop.Id)).Points[0].IsEncrypted);
    }

    [Fact]
    public async Task Scan_OfDamagedAndUnfinishedBundles_RemembersThem_AndGoesOn()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.WriteLifeAsync(lab);
        byte[] bundle = await File.ReadAllBytesAsync(lab["shop-1.waybill"]);
        await File.WriteAllBytesAsync(lab["cut.waybill"], bundle[..(bundle.Length / 2)]);
        byte[] broken = [.. bundle];
        broken.AsSpan(broken.Length - 3_000, 2_000).Fill(0xAA);
        await File.WriteAllBytesAsync(lab["broken.waybill"], broken);

        CatalogScanReport report = await lab.ScanAsync();

        Assert.Equal((7, 5), (report.Read, report.Added));
        Assert.Equal(["broken.waybill", "cut.waybill"], report.Problems.Select(problem => problem.Name));
        CatalogOrphan[] unread = [.. (await lab.Catalog.FindOrphansAsync()).Where(orphan => orphan.Kind == OrphanKind.UnreadableBundle)];
        Assert.Equal(BundleId.Parse(unread[0].Bundle.ToString()), unread[1].Bundle);
        Assert.Equal(WaybillErrorCode.Incomplete, unread[1].Problem);
        Assert.Equal(2, (await lab.Catalog.GetStatisticsAsync()).UnreadableCopies);
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Scans_AtTheSameTime_LeaveWhatOneWouldHave(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        for (int i = 0; i < 12; i++)
        {
            await (Shop.Full(1) with { Created = Shop.Day(1 + i, month: 3), Seed = i }).WriteAsync(lab[$"many-{i}.waybill"]);
        }

        await lab.ScanAsync(CatalogDepth.Files);
        string alone = await lab.ExportAsync();
        await lab.RenewAsync();
        await using BundleCatalog second = await lab.OpenAnotherAsync();
        await using BundleCatalog third = await lab.OpenAnotherAsync();

        await Task.WhenAll(new[] { lab.Catalog, second, third }.Select(catalog => Task.Run(
            () => new CatalogScanner(catalog, new CatalogScanOptions { Depth = CatalogDepth.Files, Parallel = 3 }).ScanAsync(lab.Bundles))));

        Assert.Equal(alone, await lab.ExportAsync());
    }

    [Fact]
    public async Task Add_OfAFileThatIsNotThere_Fails()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => lab.Scanner().AddAsync([lab["missing.waybill"]]));

        Assert.Equal(WaybillErrorCode.SourceReadFailed, error.Code);
    }

    [Fact]
    public async Task Scan_ThatIsCancelled_Ends()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.WriteLifeAsync(lab);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lab.Scanner().ScanAsync(lab.Bundles, progress: null, cancelled.Token));
    }

    private static PublicKeyRecipient PublicPart(KeyFile file, KeyScopes scopes = KeyScopes.All)
    {
        using KeyFile part = KeyFile.Parse(file.ToPublicPem());
        return part.ToRecipient(scopes);
    }
}
