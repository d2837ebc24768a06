namespace Waybill.Catalog.Tests.Queries;

public sealed class LifeTests
{
    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Life_TellsNamesPlacesPointsAndData(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync(CatalogDepth.Definitions);

        CatalogLife life = await lab.LifeAsync(Shop.Id);

        Assert.Equal(("store-front", Timestamp.From(Shop.Day(1)), Timestamp.From(Shop.Day(20))), (life.Application.Name, life.Application.FirstSeen, life.Application.LastSeen));
        Assert.Equal(["shop", "store-front"], life.Names.ToArray());
        Assert.Equal([("prod", 3), ("dr", 1)], life.Incarnations.Select(place => (place.Origin.ClusterName, place.Points)));
        Assert.Equal(["node-1"], life.Incarnations[0].Hosts.ToArray());
        Assert.Equal(["shop", "store-front"], life.Incarnations[0].Names.ToArray());
        Assert.All(life.Points, point => Assert.Equal(ChainState.Complete, point.Chain));
        Assert.Equal([0, 1, 2, 3], life.Points.Select(point => point.Lineage.Generation));
        Assert.Equal("lun-77", life.Points[^1].Streams.Single(stream => stream.Name == "data").Volume.PlatformHandle);
        Assert.Contains(life.Tags, tag => tag is { Tag.Key: "owner", Points: 4 });
        Assert.Contains(life.Facts, fact => fact is { Kind: FactKind.Image, Value: "registry.example/shop/web:1.2", Points: 4 });
        Assert.Equal(life.Points[^1], life.NewestUsable);
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Life_WithAMissingParent_SaysWhatIsMissing(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();
        BundleId second = (await lab.LifeAsync(Shop.Id)).Points[1].Bundle;
        File.Delete(lab["shop-2.waybill"]);
        await lab.ScanAsync();

        CatalogLife life = await lab.LifeAsync(Shop.Id);
        CatalogOrphan[] orphans = [.. (await lab.Catalog.FindOrphansAsync()).Where(orphan => orphan.Kind == OrphanKind.MissingParent)];

        Assert.Equal([ChainState.Complete, ChainState.Gone, ChainState.ParentMissing, ChainState.ParentMissing], life.Points.Select(point => point.Chain));
        Assert.Equal([null, second, second, second], life.Points.Select(point => point.ChainProblem));
        Assert.Equal(life.Points[0], life.NewestUsable);
        CatalogOrphan orphan = Assert.Single(orphans);
        Assert.Equal((life.Points[2].Bundle, second, Shop.Id), (orphan.Bundle, orphan.Missing, orphan.Application!.Id));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task SameId_WithOtherContent_IsAConflict_AndNotMerged(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        BundleSketch sketch = Shop.Full(1);
        await sketch.WriteAsync(lab["one.waybill"]);
        await (sketch with { Seed = 99, Name = "impostor" }).WriteAsync(lab["two.waybill"]);
        await lab.ScanAsync();

        CatalogLife life = await lab.LifeAsync(Shop.Id);
        CatalogOrphan conflict = Assert.Single(await lab.Catalog.FindOrphansAsync(new OrphanSearch { StaleAfter = TimeSpan.FromDays(1_000) }));

        Assert.Equal(2, life.Points.Length);
        Assert.All(life.Points, point => Assert.Equal((ChainState.Conflict, sketch.Id), (point.Chain, point.ChainProblem)));
        Assert.Null(life.NewestUsable);
        Assert.Equal((OrphanKind.ConflictingBundles, sketch.Id), (conflict.Kind, conflict.Bundle));
        Assert.Contains("one.waybill", conflict.Note, StringComparison.Ordinal);
        Assert.Contains("two.waybill", conflict.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Life_ShowsGapsAndClocksThatAreWrong()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        foreach (int day in new[] { 1, 2, 3, 4, 12, 13 })
        {
            await (Shop.Full(day) with { Files = [] }).WriteAsync(lab[$"{day}.waybill"]);
        }

        await (Shop.Full(14) with { Created = Shop.Day(1, month: 12), Files = [] }).WriteAsync(lab["future.waybill"]);
        await (Shop.Full(11) with { Parent = lab["12.waybill"], Files = [] }).WriteAsync(lab["early.waybill"]);
        await lab.ScanAsync();

        CatalogLife life = await lab.LifeAsync(Shop.Id);

        Assert.Equal((Timestamp.From(Shop.Day(4)), Timestamp.From(Shop.Day(11))), (life.Gaps[0].From, life.Gaps[0].To));
        Assert.Equal(ClockDoubt.Future, life.Points[^1].Clock);
        Assert.Equal(ClockDoubt.BeforeParent, life.Points.Single(point => point.Parent is not null).Clock);
        Assert.Equal(6, life.Points.Count(point => point.Clock == ClockDoubt.None));
    }

    [Fact]
    public async Task Life_ShowsDataThatIsNoLongerProtected()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.Full(1).WriteAsync(lab["1.waybill"]);
        await (Shop.Full(2) with { Files = [] }).WriteAsync(lab["2.waybill"]);
        await lab.ScanAsync();

        Assert.Contains((await lab.LifeAsync(Shop.Id)).LostStreams, stream => stream is { Name: "share", Kind: StreamKind.FileData });
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task FindApplications_TakesNamesOldAndNew_AndIds(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();
        BundleId bundle = (await lab.LifeAsync(Shop.Id)).Points[0].Bundle;

        foreach (string name in new[] { "store-front", "shop", Shop.Id.ToString(), bundle.ToString() })
        {
            Assert.Equal(Shop.Id, Assert.Single(await lab.Catalog.FindApplicationsAsync(name)).Id);
        }

        Assert.Empty(await lab.Catalog.FindApplicationsAsync("sho"));
        Assert.Equal(["store-front", "ledger"], (await lab.Catalog.ListApplicationsAsync()).Select(application => application.Name));
        Assert.Null(await lab.Catalog.GetLifeAsync(AppId.New()));
    }
}
