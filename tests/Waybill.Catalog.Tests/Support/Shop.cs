namespace Waybill.Catalog.Tests.Support;

/// <summary>Applications whose lives the tests ask about.</summary>
internal static class Shop
{
    public static AppId Id { get; } = AppId.Parse("11111111111111111111111111111111");

    public static AppId Other { get; } = AppId.Parse("22222222222222222222222222222222");

    public static DateTimeOffset Day(int day, int month = 1) => new(2026, month, day, 3, 0, 0, TimeSpan.Zero);

    public static BundleSketch Full(int day) => new(Id, "shop", Day(day))
    {
        Tags = [new Tag("app", new TagValue.Text("Shop"), TagSource.Label) { SourceReference = "apps/v1/Deployment/store/web" }, Tag.User("owner", "Web Team")],
        Resources = [("web", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: registry.example/shop/web:1.2\n")],
        Files = [("orders/2025-q4.csv", "id;total\n"), ("readme.txt", "hello")],
        Snapshot = $"snap-{day}",
    };

    /// <summary>Writes a life: two points in one place, a rename, a move to another cluster with a fork of its chain.</summary>
    public static async Task WriteLifeAsync(CatalogLab lab)
    {
        string first = await Full(1).WriteAsync(lab["shop-1.waybill"]);
        string second = await (Full(2) with { Parent = first, Seed = 2 }).WriteAsync(lab["shop-2.waybill"]);
        string third = await (Full(3) with { Parent = second, Seed = 3, Name = "store-front" }).WriteAsync(lab["shop-3.waybill"]);
        await (Full(20) with
        {
            Seed = 4,
            Name = "store-front",
            Parent = third,
            Origin = new Origin { Platform = "kubernetes", ClusterId = "c-2", ClusterName = "dr", Namespace = "store", Kind = "Deployment", Uid = "u-2", Host = "node-9" },
            Facts = new VolumeFacts { Provider = "array", PlatformHandle = "lun-77", Claim = "store/data", StorageClass = "gold" },
        }).WriteAsync(lab["shop-4.waybill"]);
        await new BundleSketch(Other, "ledger", Day(5))
        {
            Origin = new Origin { ClusterName = "prod", Namespace = "finance" }, Tags = [Tag.User("owner", "Finance"), new Tag("pin", new TagValue.Text("1234")) { Sensitivity = TagSensitivity.Secret }],
            Facts = new VolumeFacts { Provider = "local", PlatformHandle = "vol-9" },
        }.WriteAsync(lab["ledger.waybill"]);
    }
}
