using Waybill.Providers;

namespace Waybill.Catalog.Tests.Queries;

public sealed class VolumeAndOrphanTests
{
    private static readonly CatalogPlatform s_local = new("local")
    {
        Volumes = [new VolumeDescriptor(new VolumeId("vol-1"), "data", 200_000), new VolumeDescriptor(new VolumeId("vol-x"), "scratch", 5)],
        Snapshots =
        [
            new SnapshotDescriptor(new SnapshotId("snap-3"), new VolumeId("vol-1"), "waybill-3", Timestamp.From(Shop.Day(3)), 200_000),
            new SnapshotDescriptor(new SnapshotId("left"), new VolumeId("vol-1"), "left behind", Timestamp.From(Shop.Day(4)), 200_000),
        ],
    };

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Where_NamesEveryPlaceOfAVolume(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();

        VolumeWhereabouts volume = Assert.Single(await lab.Catalog.FindVolumesAsync("LUN-77", [s_local]));
        IReadOnlyList<VolumeWhereabouts> byStream = await lab.Catalog.FindVolumesAsync(volume.Stream.ToString());

        Assert.Equal(("data", StreamKind.BlockVolume, Shop.Id), (volume.Name, volume.Kind, volume.Application.Id));
        Assert.Equal([("local", "vol-1", (bool?)true), ("array", "lun-77", null)], volume.Places.Select(place => (place.Volume.Provider, place.Volume.PlatformHandle, place.IsThere)));
        Assert.Equal(4, volume.Points.Sum(point => point.Copies.Count(copy => copy.IsUsable)));
        Assert.Equal(["snap-3", "left"], volume.Snapshots.Select(snapshot => snapshot.Snapshot.Id.ToString()));
        Assert.Equal(volume.Stream, Assert.Single(byStream).Stream);
        Assert.Equal(2, (await lab.Catalog.FindVolumesAsync("vol-")).Select(found => found.Application.Id).Distinct().Count());
        Assert.Empty(await lab.Catalog.FindVolumesAsync("nowhere"));
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Orphans_AreFoundBothWays(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();
        File.Delete(lab["ledger.waybill"]);
        await lab.ScanAsync();

        IReadOnlyList<CatalogOrphan> orphans = await lab.Catalog.FindOrphansAsync(new OrphanSearch { Platforms = [s_local] });

        Assert.Equal(
            [
                "UnknownVolume local:vol-x", "UnknownSnapshot local:left", "StaleApplication ledger", "StaleApplication store-front",
                "ApplicationWithoutBundles ledger", "MissingVolume local:vol-9",
            ],
            orphans.Select(orphan => $"{orphan.Kind} {orphan.Name}"));
        Assert.DoesNotContain(await lab.Catalog.FindOrphansAsync(new OrphanSearch { StaleAfter = TimeSpan.FromDays(1_000) }), orphan => orphan.Kind == OrphanKind.StaleApplication);
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Cluster_IsComparedWithItsOwnPointsOnly(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync();
        var here = new CatalogPlatform("array") { ClusterId = "c-2", Unclaimed = [new VolumeDescriptor(new VolumeId("lun-5"), "left/data", 1)] };
        var elsewhere = new CatalogPlatform("array") { ClusterId = "c-3" };

        Assert.Equal(
            ["MissingVolume array:lun-77, data", "UnclaimedVolume array:lun-5, left/data, in no point"],
            OfVolumes(await lab.Catalog.FindOrphansAsync(new OrphanSearch { Platforms = [here] })));
        Assert.Equal(
            ["UnclaimedVolume array:lun-77, store/data, in points"],
            OfVolumes(await lab.Catalog.FindOrphansAsync(new OrphanSearch { Platforms = [here with { Unclaimed = [new VolumeDescriptor(new VolumeId("lun-77"), "store/data", 1)] }] })));
        Assert.Empty(OfVolumes(await lab.Catalog.FindOrphansAsync(new OrphanSearch { Platforms = [elsewhere] })));
        Assert.Equal([null, false], Assert.Single(await lab.Catalog.FindVolumesAsync("lun-77", [here])).Places.Select(place => place.IsThere));
        Assert.Equal([null, (bool?)null], Assert.Single(await lab.Catalog.FindVolumesAsync("lun-77", [elsewhere])).Places.Select(place => place.IsThere));

        static IEnumerable<string> OfVolumes(IEnumerable<CatalogOrphan> orphans) =>
            orphans.Where(orphan => orphan.Kind >= OrphanKind.MissingVolume).Select(orphan => $"{orphan.Kind} {orphan.Name}, {orphan.Note}");
    }

    [SkippableTheory]
    [InlineData(CatalogKind.Sqlite)]
    [InlineData(CatalogKind.Postgres)]
    public async Task Prune_ForgetsOnlyWhatHasLongBeenGone(CatalogKind kind)
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync(kind);
        await Shop.WriteLifeAsync(lab);
        await lab.ScanAsync(CatalogDepth.Files);
        File.Delete(lab["ledger.waybill"]);
        File.Delete(lab["shop-4.waybill"]);
        await lab.ScanAsync(CatalogDepth.Files);
        DateTimeOffset now = lab.Time.GetUtcNow();

        Assert.Equal(0, await lab.Catalog.PruneAsync(now));
        Assert.Equal(2, await lab.Catalog.PruneAsync(now.AddDays(1), dryRun: true));
        Assert.Equal(2, await lab.Catalog.PruneAsync(now.AddDays(1)));
        string pruned = await lab.ExportAsync();
        Assert.Single(await lab.FindAsync("2025-q4"));

        // What is left is what the bundles that are left say, and nothing else.
        await lab.RenewAsync();
        await lab.ScanAsync(CatalogDepth.Files);
        Assert.Equal(await lab.ExportAsync(files: false), Without(pruned));
        Assert.Null(await lab.Catalog.GetLifeAsync(Shop.Other));
    }

    // A version of a file keeps the time it was last seen, also if that was in a point that is forgotten.
    private static string Without(string export)
    {
        var document = System.Text.Json.Nodes.JsonNode.Parse(export)!;
        foreach (System.Text.Json.Nodes.JsonNode? application in document["applications"]!.AsArray())
        {
            application!.AsObject().Remove("files");
        }

        return document.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, NewLine = "\n" });
    }
}
