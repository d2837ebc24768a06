namespace Waybill.Catalog.Tests.Storage;

public sealed class DamageTests
{
    [Fact]
    public async Task DamagedFile_IsDetected_MovedAside_AndRebuiltToTheSame()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync(CatalogDepth.Files);
        string before = await lab.ExportAsync();
        await lab.CloseAsync();
        byte[] bytes = await File.ReadAllBytesAsync(lab.File);
        for (int page = 2; page < bytes.Length / 4096; page++)
        {
            bytes.AsSpan(page * 4096, 64).Fill(0x5A);
        }

        await File.WriteAllBytesAsync(lab.File, bytes);

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(lab.OpenAnotherAsync);
        await using BundleCatalog fresh = await BundleCatalog.OpenAsync(lab.File, new CatalogOptions { ReplaceDamaged = true, TimeProvider = lab.Time });
        await new CatalogScanner(fresh, new CatalogScanOptions { Depth = CatalogDepth.Files }).ScanAsync(lab.Bundles);
        var output = new MemoryStream();
        await fresh.ExportAsync(output, files: true);

        Assert.Equal(WaybillErrorCode.CatalogDamaged, error.Code);
        Assert.Equal(lab.File + ".aside-20260601T000000Z", fresh.MovedAside);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(fresh.MovedAside!));
        Assert.Equal(before, System.Text.Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task FileThatIsNoDatabase_IsDetected()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await lab.CloseAsync();
        await File.WriteAllTextAsync(lab.File, new string('x', 10_000));

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(lab.OpenAnotherAsync);

        Assert.Equal(WaybillErrorCode.CatalogDamaged, error.Code);
    }

    [Fact]
    public async Task BeginAnew_MovesAsideWhatIsThere_AlsoIfItIsGood()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();
        await lab.CloseAsync();

        await using BundleCatalog fresh = await BundleCatalog.OpenAsync(lab.File, new CatalogOptions { BeginAnew = true, TimeProvider = lab.Time });
        await using BundleCatalog aside = await BundleCatalog.OpenAsync(fresh.MovedAside!, new CatalogOptions { Create = false });

        Assert.Equal((0, 5), ((await fresh.GetStatisticsAsync()).Points, (await aside.GetStatisticsAsync()).Points));
    }

    [Fact]
    public async Task CatalogThatIsNotThere_IsNotMade_IfNobodyWantsThat()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => BundleCatalog.OpenAsync(lab["none.db"], new CatalogOptions { Create = false }));

        Assert.Equal(WaybillErrorCode.CatalogUnavailable, error.Code);
        Assert.False(File.Exists(lab["none.db"]));
    }

    [SkippableFact]
    public async Task FullDisk_IsReported_AndWhatWasThereStays()
    {
        Machine.RequireRoot();
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.WriteLifeAsync(lab);
        string mount = Path.Combine(lab.Bundles, "small");
        Directory.CreateDirectory(mount);
        await Machine.RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount);
        try
        {
            await using BundleCatalog catalog = await BundleCatalog.OpenAsync(Path.Combine(mount, "catalog.db"));
            await new CatalogScanner(catalog).AddAsync([lab["ledger.waybill"]]);
            await using (FileStream filler = File.Create(Path.Combine(mount, "filler")))
            {
                Assert.ThrowsAny<IOException>(() => filler.Write(new byte[4 << 20]));
            }

            WaybillException error = await Assert.ThrowsAsync<WaybillException>(async () =>
            {
                for (int i = 0; i < 200; i++)
                {
                    await (Shop.Full(1) with { Id = BundleId.New(), Seed = i }).WriteAsync(lab["more.waybill"]);
                    await new CatalogScanner(catalog, new CatalogScanOptions { Depth = CatalogDepth.Files }).AddAsync([lab["more.waybill"]]);
                    File.Delete(lab["more.waybill"]);
                }
            });
            File.Delete(Path.Combine(mount, "filler"));

            Assert.Equal(WaybillErrorCode.NoSpace, error.Code);
            Assert.Equal("ledger", Assert.Single(await catalog.FindApplicationsAsync("ledger")).Name);
            Assert.Equal(1, (await new CatalogScanner(catalog).AddAsync([lab["shop-1.waybill"]])).Added);
        }
        finally
        {
            await Machine.RunAsync("umount", mount);
        }
    }

    [SkippableFact]
    public async Task PostgresServer_ThatIsNotThere_IsReported_WithoutThePassword()
    {
        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => BundleCatalog.OpenAsync("postgresql://ann:secret@127.0.0.1:1/none"));

        Assert.Equal(WaybillErrorCode.CatalogUnavailable, error.Code);
        Assert.DoesNotContain("secret", error.ToDisplayString(), StringComparison.Ordinal);
    }
}
