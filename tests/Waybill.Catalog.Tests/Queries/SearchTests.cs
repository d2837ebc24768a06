namespace Waybill.Catalog.Tests.Queries;

public sealed class SearchTests
{
    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Search_FindsAnyFragment_WithoutRegardToCase(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync(CatalogDepth.Files);

        Assert.Equal(["store-front: Name store-front"], await lab.FindAsync("RE-FRO", FactKind.Name));
        Assert.Equal(["store-front: Name shop"], await lab.FindAsync("shop", FactKind.Name));
        Assert.Equal(["store-front: Tag app=Shop"], await lab.FindAsync("app=sh"));
        Assert.Equal(["ledger: Tag owner=Finance", "store-front: Tag owner=Web Team"], await lab.FindAsync("owner="));
        Assert.Equal(["store-front: Host node-9"], await lab.FindAsync("node-9"));
        Assert.Equal(["store-front: Cluster name=dr"], await lab.FindAsync("dr", FactKind.Cluster));
        Assert.Equal(["store-front: Namespace store"], await lab.FindAsync("store", FactKind.Namespace));
        Assert.Equal(["store-front: Uid owner=u-2"], await lab.FindAsync("u-2", FactKind.Uid));
        Assert.Equal(["store-front: Volume handle=lun-77"], await lab.FindAsync("lun-7"));
        Assert.Equal(["store-front: Snapshot snap-20"], await lab.FindAsync("snap-20"));
        Assert.Equal(["store-front: Image registry.example/shop/web:1.2"], await lab.FindAsync("example/shop"));
        Assert.Equal(["store-front: Resource Deployment=store/web"], await lab.FindAsync("store/web"));
        Assert.Equal(["store-front: File orders/2025-q4.csv"], await lab.FindAsync("ORDERS/2025"));
        Assert.Empty(await lab.FindAsync("no such thing"));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Search_TakesWildcardsAsTheyStand_AndFindsShortAndForeignText(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await (Shop.Full(1) with { Tags = [Tag.User("load", "100%_sure"), Tag.User("other", "100 or sure"), Tag.User("city", "MÜNCHEN Ñ"), Tag.User("x", "y")], Files = [] }).WriteAsync(lab["a.waybill"]);
        await lab.ScanAsync();

        Assert.Equal(["shop: Tag load=100%_sure"], await lab.FindAsync("100%_s"));
        Assert.Equal(["shop: Tag load=100%_sure"], await lab.FindAsync("%_"));
        Assert.Equal(["shop: Tag city=MÜNCHEN Ñ"], await lab.FindAsync("münchen ñ"));
        Assert.Equal(["shop: Tag x=y"], await lab.FindAsync("x="));
        Assert.Empty(await lab.FindAsync(@"1\"));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Search_OfALongNumberAndMore_FindsAllOfIt(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await (Shop.Full(1) with { Tags = [Tag.User("a", "batch-1234567-alpha"), Tag.User("b", "batch-1234567-beta"), Tag.User("c", "ñ1234567 0042")], Files = [] }).WriteAsync(lab["a.waybill"]);
        await lab.ScanAsync();

        Assert.Equal(["shop: Tag b=batch-1234567-beta"], await lab.FindAsync("BATCH-1234567-BE"));
        Assert.Equal(["shop: Tag a=batch-1234567-alpha", "shop: Tag b=batch-1234567-beta"], await lab.FindAsync("atch-1234567-"));
        Assert.Equal(["shop: Tag c=ñ1234567 0042"], await lab.FindAsync("ñ1234567 00"));
        Assert.Equal(3, (await lab.FindAsync("123456")).Length);
        Assert.Empty(await lab.FindAsync("1234567_"));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Search_OfFiles_FindsEachOfMany_AndThoseThatCameLater(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        (string, string)[] files = [.. Enumerable.Range(0, 300).Select(i => ($"Letters/{i % 7}/letter-{i:D4}.txt", ""))];
        string first = await (Shop.Full(1) with { Files = [.. files] }).WriteAsync(lab["a.waybill"]);
        await lab.ScanAsync(CatalogDepth.Files);
        await (Shop.Full(2) with { Files = [.. files, ("Letters/3/letter-9999.txt", "")], Parent = first, Seed = 2 }).WriteAsync(lab["b.waybill"]);
        await lab.ScanAsync(CatalogDepth.Files);

        Assert.Equal(["shop: File Letters/4/letter-0123.txt"], await lab.FindAsync("R-0123.TXT"));
        Assert.Equal(["shop: File Letters/3/letter-9999.txt"], await lab.FindAsync("3/letter-9999"));
        Assert.Empty(await lab.FindAsync("letter-0123.txtletters"));
        CatalogSearchResult cut = await lab.Catalog.SearchAsync(new CatalogSearch("letter-") { Limit = 200 });
        CatalogSearchResult all = await lab.Catalog.SearchAsync(new CatalogSearch("letter-") { Limit = 400 });
        Assert.Equal((200, true), (cut.Hits.Length, cut.IsCut));
        Assert.Equal((301, false), (all.Hits.Select(hit => hit.Fact.Value).Distinct().Count(), all.IsCut));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Search_AtATime_FindsWhatWasSoThen(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();

        Assert.Equal(["shop"], await NamesAtAsync(lab, 2));
        Assert.Equal(["store-front"], await NamesAtAsync(lab, 10));
        Assert.Empty(await NamesAtAsync(lab, 25));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Search_ById_FindsApplicationAndBundle(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        BundleSketch sketch = Shop.Full(1);
        await sketch.WriteAsync(lab["a.waybill"]);
        await lab.ScanAsync();

        Assert.Equal([$"shop: Uid application={Shop.Id}"], await lab.FindAsync(Shop.Id.ToString()));
        Assert.Equal([$"shop: Uid bundle={sketch.Id}"], await lab.FindAsync(sketch.Id.ToString().ToUpperInvariant()));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Search_WithALimit_SaysThatThereIsMore(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();

        CatalogSearchResult cut = await lab.Catalog.SearchAsync(new CatalogSearch("o") { Limit = 3 });
        CatalogSearchResult all = await lab.Catalog.SearchAsync(new CatalogSearch("owner=") { Limit = 2 });

        Assert.Equal((3, true), (cut.Hits.Length, cut.IsCut));
        Assert.Equal((2, false), (all.Hits.Length, all.IsCut));
        Assert.Equal(5, all.PointsWithoutFiles);
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Secrets_AreNotInTheCatalog(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync(CatalogDepth.Files);

        Assert.Empty(await lab.FindAsync("1234"));
        Assert.Equal(["ledger: Tag pin="], await lab.FindAsync("pin="));
        Assert.DoesNotContain("1234\"", await lab.ExportAsync(), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task HostileNames_AreStoredAsTheyAre_AndFound(CatalogKind kind)
    {
        const string Name = "a'; DROP TABLE point; --\u202Egnp.exe\u001b[2J";
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await (Shop.Full(1) with { Name = Name, Tags = [Tag.User("nul", "a\0b")], Files = [("x\u202Ey\n.txt", "")] }).WriteAsync(lab["a.waybill"]);
        await lab.ScanAsync(CatalogDepth.Files);

        Assert.Equal([$"{Name}: Name {Name}"], await lab.FindAsync("DROP table"));
        Assert.Equal([$"{Name}: Tag nul=a\u2400b"], await lab.FindAsync("nul=a\0"));
        Assert.Equal([$@"{Name}: File x\xE2\x80\xAEy\x0A.txt"], await lab.FindAsync("x\u202Ey"));
        string export = await lab.ExportAsync();
        Assert.DoesNotContain(export, c => c > '~' || (c < ' ' && c != '\n'));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task VeryLongText_IsStored_AndFound(CatalogKind kind)
    {
        string noise = Noise(20_000);
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        BundleSketch sketch = Shop.Full(1) with
        {
            Name = noise[..4_000], Tags = [Tag.User("long", noise)], Facts = new VolumeFacts { Provider = "local", PlatformHandle = noise[..4_000], Claim = noise[..4_000] }, Snapshot = noise[..4_000],
        };
        await sketch.WriteAsync(lab["a.waybill"]);
        await lab.ScanAsync();

        Assert.Equal(Shop.Id, Assert.Single(await lab.Catalog.FindApplicationsAsync(sketch.Name)).Id);
        Assert.Equal([$"{sketch.Name}: Tag long={noise}"], await lab.FindAsync(noise[10_000..10_040]));
        Assert.Equal(sketch.Id, (await lab.Catalog.ResolveAsync(new LogicalName { Cluster = "prod", Namespace = "store", Application = sketch.Name })).Point.Bundle);
    }

    // Text that no index can make shorter.
    private static string Noise(int length)
    {
        var bytes = new byte[length / 2];
        new Random(1).NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private static async Task<string[]> NamesAtAsync(CatalogLab lab, int day)
    {
        Timestamp time = Timestamp.From(Shop.Day(day).AddHours(-2));
        CatalogSearchResult result = await lab.Catalog.SearchAsync(new CatalogSearch("s") { From = time, To = Timestamp.From(Shop.Day(day).AddHours(5)), Kinds = [FactKind.Name] });
        return [.. result.Hits.Where(hit => hit.Application.Id == Shop.Id).Select(hit => hit.Fact.Value)];
    }
}
