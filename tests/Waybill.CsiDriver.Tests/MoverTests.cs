using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Waybill.CsiDriver.Tests.Support;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.CsiDriver.Tests;

/// <summary>
/// Applications on a driver that does not serve their data: Jobs attach it, and the command reads and writes it through them, by way of the API server. The movers are
/// processes with real devices.
/// </summary>
public sealed class MoverTests
{
    [SkippableFact]
    public async Task Application_IsProtectedAndRestored_ThroughMovers()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true);
        byte[] content = RandomNumberGenerator.GetBytes(4 << 20);
        await lab.Volume.UpAsync();
        BlockContent.Write(lab.Volume, 1 << 20, content);
        await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        BlockContent.Write(lab.Volume, 1 << 20, RandomNumberGenerator.GetBytes(100_000));
        JsonElement second = await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        byte[] expected = BlockContent.Read(lab.Volume, ApplicationLab.Length);
        AssertNoMovers(lab);

        await lab.Volume.DownAsync();
        await lab.Cluster.DeleteAsync("/api/v1/namespaces/shop");
        await ApplicationLab.UntilAsync(() => !lab.Cluster.Server.Store.ListAll().Any(stored => stored.Namespace == "shop" || stored.Kind.Name == "PersistentVolume"));
        JsonElement restored = await lab.Command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again", "--storage-class", "fast=late");

        // Nobody says what changed: all of it was read, and only what differs stored.
        Assert.InRange(second.GetProperty("fileBytes").GetInt64(), 100_000, 2 << 20);
        Assert.Equal("application", second.GetProperty("consistency").GetString());
        Assert.True(Assert.Single(restored.GetProperty("claims").EnumerateArray()).GetProperty("verified").GetBoolean());
        AssertNoMovers(lab);
        TestVolume again = TestVolume.Of(lab.Driver, lab.HandleOf("shop-again", "data"), "again", TestVolume.Block());
        await again.UpAsync();
        Assert.True(BlockContent.Read(again, ApplicationLab.Length).AsSpan().SequenceEqual(expected), "the restored volume is not the point");
        await again.DownAsync();
        Assert.Empty(lab.Snapshots("shop-again"));
    }

    [SkippableFact]
    public async Task FileSystem_IsReadAsBlocks_WhereThatIsPermitted_AndComesBack()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true, volumeMode: "Filesystem");
        await lab.Volume.UpAsync();
        lab.Volume.Write("orders.txt", "forty-two");
        JsonElement taken = await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod", "--allow-volume-mode-change");
        await lab.Volume.DownAsync();
        await lab.Command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again", "--storage-class", "fast=late", "--allow-volume-mode-change");

        Assert.Empty(taken.GetProperty("gaps").EnumerateArray());
        AssertNoMovers(lab);
        JsonObject claim = lab.Cluster.Server.Store.Get("persistentvolumeclaims", "shop-again", "data").ToNode();
        Assert.Equal("Filesystem", claim["spec"]!["volumeMode"]!.GetValue<string>());
        TestVolume again = TestVolume.Of(lab.Driver, lab.HandleOf("shop-again", "data"), "again", TestVolume.Mounted("ext4"));
        await again.UpAsync();
        Assert.Equal("forty-two", again.Read("orders.txt"));
        await again.DownAsync();
    }

    [SkippableFact]
    public async Task Application_WhoseDriverTellsWhatChanged_IsReadOnlyThere()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true);
        await using MetadataSidecar sidecar = await lab.StartMetadataAsync();
        byte[] content = RandomNumberGenerator.GetBytes(4 << 20);
        await lab.Volume.UpAsync();
        BlockContent.Write(lab.Volume, 1 << 20, content);
        await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        int before = sidecar.Streams;
        BlockContent.Write(lab.Volume, 2 << 20, RandomNumberGenerator.GetBytes(100_000));
        JsonElement second = await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        byte[] expected = BlockContent.Read(lab.Volume, ApplicationLab.Length);
        await lab.Volume.DownAsync();
        await lab.Command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again");

        Assert.Null(second.GetProperty("whyFull").GetString());
        Assert.True(sidecar.Streams > before, "nobody asked what changed");
        AssertNoMovers(lab);
        TestVolume again = TestVolume.Of(lab.Driver, lab.HandleOf("shop-again", "data"), "again", TestVolume.Block());
        await again.UpAsync();
        Assert.True(BlockContent.Read(again, ApplicationLab.Length).AsSpan().SequenceEqual(expected), "the restored volume is not the point");
        await again.DownAsync();
    }

    private static void AssertNoMovers(ApplicationLab lab)
    {
        StoredObject[] left = [.. lab.Cluster.Server.Store.ListAll().Where(stored => stored.Labels.ContainsKey("backup.waybill/mover"))];
        Assert.True(left.Length == 0, $"left: {string.Join(", ", left.Select(stored => $"{stored.Kind.Name}/{stored.Name}"))}");
    }
}
