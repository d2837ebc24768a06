using Npgsql;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog.Tests.Storage;

public sealed class UpgradeTests
{
    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task CatalogOfAnEarlierVersion_IsBroughtUpToDate_WithWhatItHolds(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        BundleManifest manifest = await ManifestAsync(lab);
        string location = await EmptyAsync(lab, kind);
        await using (CatalogDatabase old = Open(location, kind))
        {
            await old.MigrateAsync(to: 1, CancellationToken.None);
            await old.WriteAsync(
                session => CatalogWriter.WriteCopyAsync(session, new CopyRow(lab.Bundles, "shop-1.waybill", 1) { Manifest = manifest }, scan: 1, CancellationToken.None), CancellationToken.None);
        }

        await using BundleCatalog catalog = await BundleCatalog.OpenAsync(location);
        await new CatalogScanner(catalog, new CatalogScanOptions { Depth = CatalogDepth.Files }).ScanAsync(lab.Bundles);

        Assert.Equal(1, (await catalog.GetStatisticsAsync()).Points);
        Assert.Single((await catalog.SearchAsync(new CatalogSearch("2025-q4"))).Hits);
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task CatalogWhoseIndexKnewEachFile_IsBroughtUpToDate_AndAllAreFound(CatalogKind kind)
    {
        const int Files = 70;
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        BundleManifest manifest = await ManifestAsync(lab);
        string location = await EmptyAsync(lab, kind);
        await using (CatalogDatabase old = Open(location, kind))
        {
            await old.MigrateAsync(to: 2, CancellationToken.None);
            await old.WriteAsync(
                async session =>
                {
                    PointRow point = (await CatalogWriter.WriteCopyAsync(
                        session, new CopyRow(lab.Bundles, "shop-1.waybill", 1) { Manifest = manifest }, scan: 1, CancellationToken.None))!;
                    for (int i = 0; i < Files; i++)
                    {
                        string path = $"Archive/Letter-{i:D3}.txt";
                        await session.RunAsync(
                            "INSERT INTO file (id, stream, digest, path, folded) VALUES (@id, @stream, @digest, @path, @folded)", CancellationToken.None,
                            ("@id", i + 100L), ("@stream", point.Streams[^1]), ("@digest", CatalogText.DigestOf(path)), ("@path", path), ("@folded", CatalogText.Fold(path)));
                        await session.RunAsync(
                            "INSERT INTO file_version (file, type, size, modified, modified_nanos, first_seen, last_seen) VALUES (@id, 0, 1, 1, 0, 1, 1)", CancellationToken.None, ("@id", i + 100L));
                    }

                    return 0;
                },
                CancellationToken.None);
        }

        await using BundleCatalog catalog = await BundleCatalog.OpenAsync(location);

        Assert.Equal("Archive/Letter-031.txt", Assert.Single((await catalog.SearchAsync(new CatalogSearch("letter-031"))).Hits).Fact.Value);
        Assert.Equal(Files, (await catalog.SearchAsync(new CatalogSearch("E/LETTER"))).Hits.Length);
        Assert.Equal(2, (await catalog.SearchAsync(new CatalogSearch("archive") { Limit = 2 })).Hits.Length);
        Assert.Equal(Files, (await catalog.GetStatisticsAsync()).Files);
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task CatalogOfALaterVersion_IsRefused_AndLeftAlone(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await using (CatalogDatabase database = Open(lab.Location, kind))
        {
            string raise = kind == CatalogKind.Sqlite ? "PRAGMA user_version = 99" : "UPDATE waybill_catalog_version SET version = 99";
            await database.WriteAsync(session => session.RunAsync(raise, CancellationToken.None), CancellationToken.None);
        }

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => BundleCatalog.OpenAsync(lab.Location, new CatalogOptions { ReplaceDamaged = true }));

        Assert.Equal(WaybillErrorCode.CatalogTooNew, error.Code);
        Assert.Equal(kind == CatalogKind.Sqlite, File.Exists(lab.File));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task ManyOpenAnEmptyDatabase_AtOnce_AndAllSucceed(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        string location = await EmptyAsync(lab, kind);

        BundleCatalog[] opened = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => BundleCatalog.OpenAsync(location))));

        foreach (BundleCatalog catalog in opened)
        {
            Assert.Equal(0, (await catalog.GetStatisticsAsync()).Points);
            await catalog.DisposeAsync();
        }
    }

    private static async Task<BundleManifest> ManifestAsync(CatalogLab lab)
    {
        await using BundleReader reader = await BundleReader.OpenAsync(FileByteSource.Open(await Shop.Full(1).WriteAsync(lab["shop-1.waybill"])), TrustPolicy.AcceptUnsigned);
        return reader.Manifest;
    }

    private static async Task<string> EmptyAsync(CatalogLab lab, CatalogKind kind) =>
        kind == CatalogKind.Sqlite ? Path.Combine(lab.Bundles, "new.db") : await PostgresServer.CreateDatabaseAsync();

    private static CatalogDatabase Open(string location, CatalogKind kind) =>
        kind == CatalogKind.Sqlite ? new SqliteDatabase(location) : new PostgresDatabase(new NpgsqlConnectionStringBuilder(location));
}
