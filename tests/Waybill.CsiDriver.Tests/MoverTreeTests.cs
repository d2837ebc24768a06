using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Waybill.CsiDriver.Tests.Support;
using Waybill.Kubernetes;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Kubernetes.Tests;
using Waybill.Providers;

namespace Waybill.CsiDriver.Tests;

/// <summary>
/// File systems behind a driver that does not serve their data, in a cluster that does not let them be read as blocks: movers mount them, with no more rights than their
/// pods ask for, and their files are read and written.
/// </summary>
public sealed class MoverTreeTests
{
    private static readonly VolumeId s_volume = new("shop/data");

    [SkippableFact]
    public async Task Application_IsProtectedAndRestored_FileByFile()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true, volumeMode: "Filesystem");
        await lab.Volume.UpAsync();
        await MakeTreeAsync(lab.Volume.Target);
        JsonElement first = await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        lab.Volume.Write("orders/today.txt", "forty-three");
        JsonElement second = await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        string expected = await DescribeAsync(lab.Volume.Target);
        await lab.Volume.DownAsync();
        await lab.Cluster.DeleteAsync("/api/v1/namespaces/shop");
        await ApplicationLab.UntilAsync(() => !lab.Cluster.Server.Store.ListAll().Any(stored => stored.Namespace == "shop" || stored.Kind.Name == "PersistentVolume"));

        JsonElement restored = await lab.Command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again", "--storage-class", "fast=late");

        Assert.Empty(first.GetProperty("gaps").EnumerateArray());
        Assert.Equal("application", second.GetProperty("consistency").GetString());
        Assert.InRange(second.GetProperty("fileBytes").GetInt64(), 1, first.GetProperty("fileBytes").GetInt64() / 10);
        JsonElement claim = Assert.Single(restored.GetProperty("claims").EnumerateArray());
        Assert.Equal(("fill", true), (claim.GetProperty("action").GetString(), claim.GetProperty("verified").GetBoolean()));
        Assert.Empty(claim.GetProperty("fileProblems").EnumerateArray());
        Assert.Empty(Movers(lab));
        TestVolume again = TestVolume.Of(lab.Driver, lab.HandleOf("shop-again", "data"), "again", TestVolume.Mounted("ext4"));
        await again.UpAsync();
        Assert.Equal(expected, await DescribeAsync(again.Target));
        await again.DownAsync();
    }

    [SkippableFact]
    public async Task Restore_ThatWasInterrupted_BeginsAnew_WithAnEmptyVolume()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true, volumeMode: "Filesystem");
        await lab.Volume.UpAsync();
        lab.Volume.Write("orders.txt", "forty-two");
        await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        await lab.Volume.DownAsync();
        await lab.Command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again");
        TestVolume again = TestVolume.Of(lab.Driver, lab.HandleOf("shop-again", "data"), "again", TestVolume.Mounted("ext4"));

        // As it would be if the process had died while it filled the claim.
        using var cluster = new SidecarApi(lab.Cluster.Server);
        Assert.True(await cluster.PatchAsync("/api/v1/namespaces/shop-again/persistentvolumeclaims/data", """{"metadata":{"annotations":{"backup.waybill/filled":null}}}"""));
        await again.UpAsync();
        Directory.CreateDirectory(Path.Combine(again.Target, "half/way"));
        again.Write("half/way/there.txt", "left by one that died");
        File.CreateSymbolicLink(Path.Combine(again.Target, "half/out"), "/etc");
        await again.DownAsync();

        await lab.Command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again");

        await again.UpAsync();
        Assert.Equal(["lost+found", "orders.txt"], Directory.GetFileSystemEntries(again.Target).Select(Path.GetFileName).Order());
        Assert.Equal("forty-two", again.Read("orders.txt"));
        await again.DownAsync();
        Assert.True(File.Exists("/etc/passwd"));
        Assert.Empty(Movers(lab));
    }

    [SkippableFact]
    public async Task NewClaim_WhoseVolumeHoldsSomething_IsRefused_NotEmptied()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true, volumeMode: "Filesystem");
        await lab.Volume.UpAsync();
        lab.Volume.Write("orders.txt", "forty-two");
        await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        await lab.Volume.DownAsync();

        // As a share would be that was there before its claim.
        lab.Kubelet!.IsFull = true;
        Task<string> restoring = lab.Command.FailAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again");
        await ApplicationLab.UntilAsync(() => lab.Cluster.Server.Store.ListAll().Any(one => (one.Namespace, one.Name, one.Kind.Name) == ("shop-again", "data", "PersistentVolumeClaim")));
        await ApplicationLab.UntilAsync(() => lab.HandleOf("shop-again", "data").Length > 0);
        TestVolume kept = TestVolume.Of(lab.Driver, lab.HandleOf("shop-again", "data"), "kept", TestVolume.Mounted("ext4"));
        await kept.UpAsync();
        kept.Write("precious.txt", "of somebody else");
        await kept.DownAsync();
        lab.Kubelet.IsFull = false;

        Assert.Contains("WB1603", await restoring, StringComparison.Ordinal);
        await kept.UpAsync();
        Assert.Equal("of somebody else", kept.Read("precious.txt"));
        await kept.DownAsync();
    }

    [SkippableFact]
    public async Task Read_GoesOn_WhenMoversDie()
    {
        await using ApplicationLab lab = await StartAsync(files: 40);
        await using ProviderLab storage = await ProviderLab.ConnectAsync(lab);
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        await using FileTreeSource tree = await storage.Provider.OpenTreeAsync(new VolumeSource(s_volume, snapshot.Id));
        var read = new Dictionary<string, byte[]>();

        await foreach (FileTreeEntry entry in tree.ListAsync())
        {
            if (entry.Type == FileType.Regular)
            {
                if (read.Count is 5 or 20)
                {
                    lab.Kubelet!.KillAll();
                }

                await using FileContent content = await tree.OpenAsync(entry);
                var bytes = new byte[entry.Size];
                Assert.Equal(bytes.Length, await content.ReadAsync(0, bytes));
                Assert.Null(await content.FindChangeAsync());
                read[entry.Path.ToString()] = bytes;
            }
        }

        await tree.DisposeAsync();
        Assert.Equal(40, read.Count);
        Assert.All(read, file => Assert.Equal(Content(file.Key), file.Value));
        Assert.InRange(lab.Kubelet!.Started, 2, 3);
        await ApplicationLab.UntilAsync(() => Movers(lab).Length == 0);
    }

    [SkippableFact]
    public async Task Write_ThatLosesItsMover_Fails_AndIsNotTakenForWhole()
    {
        await using ApplicationLab lab = await StartAsync(files: 0);
        await using ProviderLab storage = await ProviderLab.ConnectAsync(lab);
        await lab.Cluster.DeleteAsync("/api/v1/namespaces/shop/pods/web-1");
        await using FileTreeTarget target = await storage.Provider.OpenTreeTargetAsync(s_volume);
        await target.BeginAsync(new FileTreeEntry { Path = FilePath.Root, Type = FileType.Directory, Mode = 0x1ED });

        // With a file that may have several names, the answer says that the mover has begun it.
        Assert.True(await target.BeginAsync(new FileTreeEntry { Path = FilePath.FromText("a"), Type = FileType.Regular, Mode = 0x1A4, Size = 64 << 20, LinkGroup = 1 }));
        lab.Kubelet!.KillAll();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () =>
        {
            for (int written = 0; written < 64 << 20; written += 1 << 20)
            {
                await target.WriteAsync(written, RandomNumberGenerator.GetBytes(1 << 20));
            }

            await target.CompleteAsync();
        });

        Assert.True(error.IsTransient);
        await target.DisposeAsync();
        ProviderException occupied = await Assert.ThrowsAsync<ProviderException>(async () => await storage.Provider.OpenTreeTargetAsync(s_volume));
        Assert.Equal(WaybillErrorCode.TargetExists, occupied.Code);
        await ApplicationLab.UntilAsync(() => Movers(lab).Length == 0);
    }

    [SkippableFact]
    public async Task Share_IsReadBesideThePodsThatUseIt_AndNeverAsBlocks()
    {
        await using ApplicationLab lab = await StartAsync(files: 3);
        JsonNodeOf(lab, claim => claim["spec"]!["accessModes"]!.AsArray()[0] = "ReadWriteMany");
        await using ProviderLab storage = await ProviderLab.ConnectAsync(lab, movers => movers with { AllowVolumeModeChange = true });

        VolumeDescriptor volume = (await storage.Provider.FindVolumeAsync(s_volume))!;
        await using FileTreeSource tree = await storage.Provider.OpenTreeAsync(new VolumeSource(s_volume));
        int files = 0;
        await foreach (FileTreeEntry entry in tree.ListAsync())
        {
            files += entry.Type == FileType.Regular ? 1 : 0;
        }

        Assert.Equal((VolumeKind.FileTree, 3), (volume.Kind, files));
        Assert.Empty(lab.Snapshots("shop"));
        ProviderException busy = await Assert.ThrowsAsync<ProviderException>(async () => await storage.Provider.OpenTreeTargetAsync(s_volume));
        Assert.Equal(WaybillErrorCode.ProviderBusy, busy.Code);
    }

    [SkippableFact]
    public async Task Pod_OfFiles_MayDoWhatTheLevelBaselineAllows_AndMountsReadOnlyToRead()
    {
        await using ApplicationLab lab = await StartAsync(files: 1);
        await using ProviderLab storage = await ProviderLab.ConnectAsync(lab);
        await using FileTreeSource tree = await OpenSnapshotAsync(storage);

        System.Text.Json.Nodes.JsonNode container = Movers(lab).Single(made => made.Kind.Name == "Job").ToNode()["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Equal("""{"drop":["ALL"],"add":["DAC_OVERRIDE","FOWNER"]}""", container["securityContext"]!["capabilities"]!.ToJsonString());
        Assert.True(container["volumeMounts"]!.AsArray().Single(mount => mount!["name"]!.GetValue<string>() == "volume")!["readOnly"]!.GetValue<bool>());
        Assert.Null(container["volumeDevices"]);
    }

    private static async Task<FileTreeSource> OpenSnapshotAsync(ProviderLab storage)
    {
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        return await storage.Provider.OpenTreeAsync(new VolumeSource(s_volume, snapshot.Id));
    }

    private static async Task<ApplicationLab> StartAsync(int files)
    {
        ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true, volumeMode: "Filesystem");
        await lab.Volume.UpAsync();
        for (int i = 0; i < files; i++)
        {
            string name = $"file-{i:D3}";
            await File.WriteAllBytesAsync(Path.Combine(lab.Volume.Target, name), Content(name));
        }

        await ShellAsync("find . -type f -exec chmod 400 {} + -exec chown 1234 {} +; sync -f .", lab.Volume.Target);
        await lab.Volume.DownAsync();
        return lab;
    }

    private static void JsonNodeOf(ApplicationLab lab, Action<System.Text.Json.Nodes.JsonNode> change)
    {
        System.Text.Json.Nodes.JsonObject claim = lab.Cluster.Server.Store.Get("persistentvolumeclaims", "shop", "data").ToNode();
        change(claim);
        lab.Cluster.Server.Store.Load(claim.ToJsonString());
    }

    private static byte[] Content(string name)
    {
        var bytes = new byte[10_000 + (name[^1] * 1000)];
        new Random(name[^1] * 31).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Makes one of each kind: owners, modes, several names, links, holes, attributes, and names that are no text.</summary>
    private static Task<string> MakeTreeAsync(string root) => ShellAsync(
        """
        mkdir -p orders/old private
        printf forty-two > orders/today.txt
        head -c 3000000 /dev/urandom > orders/old/all.bin
        ln orders/old/all.bin orders/old/again.bin
        ln -s ../orders/today.txt private/link
        head -c 5000 /dev/urandom > private/key; chown 1234:2345 private/key; chmod 600 private/key; chown 1234 private; chmod 700 private
        truncate -s 8M holes; printf x | dd of=holes bs=1 seek=4000000 conv=notrunc status=none
        setfattr -n user.comment -v "of the year" orders/today.txt
        setfacl -m u:3456:r orders/today.txt
        mkfifo pipe; mknod null c 1 3; chmod u+s orders/old/all.bin
        printf b > "$(printf 'name-\377')"
        sync -f .
        """,
        root);

    /// <summary>Tells all that a tree holds, byte for byte.</summary>
    private static Task<string> DescribeAsync(string root) => ShellAsync(
        """
        find . -mindepth 1 -not -path ./lost+found -printf '%p %y %m %U:%G %s %n %l %TY-%Tm-%TdT%TT\n' | sed -E 's/^(\S+ d \S+ \S+) [0-9]+/\1/' | LC_ALL=C sort
        find . -type f -not -path './lost+found/*' -exec sha256sum {} + | LC_ALL=C sort
        find . -mindepth 1 -not -path './lost+found*' -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - 2>/dev/null
        test "$(du -k holes | cut -f1)" -lt 100 && echo sparse
        """,
        root);

    private static async Task<string> ShellAsync(string script, string directory)
    {
        var start = new ProcessStartInfo("bash", ["-euc", script]) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return output;
    }

    private static StoredObject[] Movers(ApplicationLab lab) => [.. lab.Cluster.Server.Store.ListAll().Where(stored => stored.Labels.ContainsKey("backup.waybill/mover"))];
}
