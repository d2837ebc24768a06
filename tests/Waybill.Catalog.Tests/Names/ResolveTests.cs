namespace Waybill.Catalog.Tests.Names;

public sealed class ResolveTests
{
    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Resolve_FindsTheBundleOfTheTime_AndWhatItBuildsOn(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();

        Assert.Equal("shop-4.waybill <- shop-3.waybill <- shop-2.waybill <- shop-1.waybill", await ResolveAsync(lab, "/dr/store/store-front"));
        Assert.Equal("shop-3.waybill <- shop-2.waybill <- shop-1.waybill", await ResolveAsync(lab, "/prod/*/store-front/data"));
        Assert.Equal("shop-2.waybill <- shop-1.waybill", await ResolveAsync(lab, "/c-1/store/shop/share/orders"));
        Assert.Equal("shop-1.waybill", await ResolveAsync(lab, "/prod/store/shop@2026-01-01"));
        Assert.Equal("shop-2.waybill <- shop-1.waybill", await ResolveAsync(lab, "/*/*/shop@2026-01-02T03:00:00Z"));
        Assert.Equal("shop-4.waybill <- shop-3.waybill <- shop-2.waybill <- shop-1.waybill", await ResolveAsync(lab, $"/*/*/{Shop.Id}"));
    }

    [Fact]
    public async Task Resolve_PassesOverPointsThatCannotBeRestored()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.WriteLifeAsync(lab);
        File.Delete(lab["shop-2.waybill"]);
        await lab.ScanAsync();

        Assert.Equal("shop-1.waybill", await ResolveAsync(lab, $"/*/*/{Shop.Id}"));
        Assert.Equal(WaybillErrorCode.NameNotFound, await FailAsync(lab, "/dr/store/store-front"));
    }

    [Theory]
    [InlineData("/prod/store/nothing")]
    [InlineData("/prod/other/shop")]
    [InlineData("/-/store/shop")]
    [InlineData("/prod/store/shop@2025-12-31")]
    [InlineData("/prod/store/shop/tape")]
    public async Task Resolve_OfWhatIsNotThere_SaysSo(string name)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();

        Assert.Equal(WaybillErrorCode.NameNotFound, await FailAsync(lab, name));
    }

    [Fact]
    public async Task Resolve_OfANameThatTwoHave_ListsTheirIds()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await Shop.Full(1).WriteAsync(lab["a.waybill"]);
        await (Shop.Full(1) with { Application = Shop.Other }).WriteAsync(lab["b.waybill"]);
        await lab.ScanAsync();

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => lab.Catalog.ResolveAsync(LogicalName.Parse("/prod/store/shop")));

        Assert.Equal(WaybillErrorCode.NameAmbiguous, error.Code);
        Assert.Contains(Shop.Other.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Equal("b.waybill", await ResolveAsync(lab, $"/prod/store/{Shop.Other}"));
    }

    private static async Task<string> ResolveAsync(CatalogLab lab, string name)
    {
        CatalogResolution found = await lab.Catalog.ResolveAsync(LogicalName.Parse(name));
        return string.Join(" <- ", found.Parents.Prepend(found.Copy).Select(copy => copy.Name));
    }

    private static async Task<WaybillErrorCode> FailAsync(CatalogLab lab, string name) =>
        (await Assert.ThrowsAsync<WaybillException>(() => lab.Catalog.ResolveAsync(LogicalName.Parse(name)))).Code;
}
