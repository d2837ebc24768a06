using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Waybill.CsiDriver.Tests.Support;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.CsiDriver.Tests;

/// <summary>
/// The whole way: the command of the product on one side, a cluster's API in the middle, the driver's process with volumes on a real file system on the other.
/// </summary>
public sealed class ApplicationScenarioTests
{
    [SkippableFact]
    public async Task Application_IsProtected_ItsNamespaceDeleted_AndRestoredUnderAnotherNameOnAnotherClass()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync();
        (BackupCluster cluster, CommandLab command, TestVolume volume) = (lab.Cluster, lab.Command, lab.Volume);

        // An application with a claim, whose pod writes to the device that the driver made.
        byte[] content = RandomNumberGenerator.GetBytes(4 << 20);
        await volume.UpAsync();
        BlockContent.Write(volume, 1 << 20, content);
        JsonElement first = await command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        RandomNumberGenerator.Fill(content.AsSpan(0, 100_000));
        BlockContent.Write(volume, 1 << 20, content[..100_000]);
        JsonElement second = await command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        byte[] expected = BlockContent.Read(volume, ApplicationLab.Length);

        // What is written after the point is not in it, and then everything is gone: objects, claim, volume.
        BlockContent.Write(volume, 0, RandomNumberGenerator.GetBytes(4096));
        await volume.DownAsync();
        await cluster.DeleteAsync("/api/v1/namespaces/shop");
        await ApplicationLab.UntilAsync(() => !cluster.Server.Store.ListAll().Any(stored => stored.Namespace == "shop" || stored.Kind.Name == "PersistentVolume"));
        Assert.DoesNotContain(lab.Driver.ListFiles(), file => file.Contains(volume.Id, StringComparison.Ordinal));

        JsonElement plan = await command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again", "--storage-class", "fast=archive", "--dry-run");
        JsonElement restored = await command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again", "--storage-class", "fast=archive");

        Assert.NotNull(first.GetProperty("whyFull").GetString());
        Assert.Null(second.GetProperty("whyFull").GetString());
        Assert.Equal("application", second.GetProperty("consistency").GetString());
        Assert.Equal((2, false), (lab.Holds, lab.IsHeld));
        Assert.InRange(second.GetProperty("fileBytes").GetInt64(), 100_000, 1 << 20);
        Assert.Equal("fill", plan.GetProperty("claims")[0].GetProperty("action").GetString());
        JsonElement claim = Assert.Single(restored.GetProperty("claims").EnumerateArray());
        Assert.Equal(("shop-again/data", true), (claim.GetProperty("claim").GetString(), claim.GetProperty("verified").GetBoolean()));
        JsonObject made = cluster.Server.Store.Get("persistentvolumeclaims", "shop-again", "data").ToNode();
        Assert.Equal("archive", made["spec"]!["storageClassName"]!.GetValue<string>());
        Assert.Equal("aHVudGVyMg==", cluster.Server.Store.Get("secrets", "shop-again", "login").ToNode()["data"]!["password"]!.GetValue<string>());
        Assert.Equal("web", cluster.Server.Store.Get("deployments.apps", "shop-again", "web").Name);
        TestVolume again = TestVolume.Of(lab.Driver, lab.HandleOf("shop-again", "data"), "again", TestVolume.Block());
        await again.UpAsync();
        Assert.True(BlockContent.Read(again, ApplicationLab.Length).AsSpan().SequenceEqual(expected), "the restored volume is not the point");
        await again.DownAsync();

        // Nothing that was made on the way is left.
        JsonElement ledger = await command.RunAsync("ledger", "list");
        Assert.Empty(ledger.GetProperty("runs").EnumerateArray());
        Assert.Empty(lab.Snapshots("shop-again"));
    }
}
