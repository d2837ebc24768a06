using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Engines;

public sealed class ApplicationTests : IDisposable
{
    private readonly EngineScenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Point_IsMade_AndComesBackOnAPlatform()
    {
        JsonElement made = await _shop.JsonAsync("app-protect.json", _shop.Protect);
        JsonElement restored = await _shop.JsonAsync("app-restore.json", "app", "restore", "shop", "--all-to", "local:again-");
        JsonElement volumes = await _shop.JsonAsync("volume-list.json", "volume", "list");

        JsonElement disk = made.GetProperty("bundle").GetProperty("streams").EnumerateArray().Single(stream => stream.GetProperty("kind").GetString() == "block-volume");
        Assert.Equal(("shop/disk", "fast"), (disk.GetProperty("volume").GetProperty("claim").GetString(), disk.GetProperty("volume").GetProperty("storageClass").GetString()));
        Assert.Equal("app", made.GetProperty("bundle").GetProperty("tags")[0].GetProperty("key").GetString());
        Assert.Equal("there is no earlier point", made.GetProperty("whyFull").GetString());
        Assert.Equal(["disk", "notes"], restored.GetProperty("volumes").EnumerateArray().Select(volume => volume.GetProperty("name").GetString()));
        Assert.True(restored.GetProperty("volumes")[0].GetProperty("verified").GetBoolean());
        Assert.Equal(["again-disk", "again-notes"], volumes.GetProperty("volumes").EnumerateArray().Select(volume => volume.GetProperty("name").GetString()).Order(StringComparer.Ordinal));

        // What is on the platform is protected from there, and is what it was.
        string id = restored.GetProperty("volumes")[0].GetProperty("volume").GetString()!;
        string config = _shop.Write("waybill.yaml", $"applications:\n  copy:\n    volumes:\n      disk: {{provider: local, volume: {id}}}\n");
        JsonElement copied = await _shop.JsonAsync("app-protect.json", "app", "protect", "copy", "--config", config);
        Assert.Equal("crash", copied.GetProperty("consistency").GetString());
        await _shop.DoneAsync("bundle", "restore", copied.GetProperty("file").GetString()!, "--to", _shop["files"]);
        Assert.Equal(_shop.Disk, await File.ReadAllBytesAsync(_shop["files/volumes/disk.img"]));
    }

    [Fact]
    public async Task SecondPoint_BuildsOnTheFirst_AsThePlanSaid()
    {
        JsonElement first = await _shop.JsonAsync("app-protect.json", _shop.Protect);
        _shop.Disk[5000] ^= 1;
        _shop.SaveDisk();

        JsonElement plan = await _shop.JsonAsync("app-plan.json", ["app", "plan", "shop", .. _shop.Volumes]);
        JsonElement dryRun = await _shop.JsonAsync("app-plan.json", [.. _shop.Protect, "--dry-run"]);
        JsonElement second = await _shop.JsonAsync("app-protect.json", _shop.Protect);
        JsonElement full = await _shop.JsonAsync("app-protect.json", [.. _shop.Protect, "--full"]);

        string? id = first.GetProperty("bundle").GetProperty("id").GetString();
        Assert.Equal((id, id), (plan.GetProperty("parent").GetString(), dryRun.GetProperty("parent").GetString()));
        Assert.Equal(id, second.GetProperty("bundle").GetProperty("parent").GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, full.GetProperty("bundle").GetProperty("parent").ValueKind);
        Assert.Equal(first.GetProperty("bundle").GetProperty("application").GetRawText(), second.GetProperty("bundle").GetProperty("application").GetRawText());
        await _shop.DoneAsync("bundle", "verify", second.GetProperty("file").GetString()!);
    }

    [Fact]
    public async Task Points_AreListed_AndTheOneThatIsNamedComesBack()
    {
        JsonElement first = await _shop.JsonAsync("app-protect.json", _shop.Protect);
        await File.WriteAllTextAsync(_shop["notes/a.txt"], "second");
        JsonElement second = await _shop.JsonAsync("app-protect.json", _shop.Protect);
        await _shop.DoneAsync("app", "protect", "other", "--files", "notes=" + _shop["notes"], "--min-consistency", "none");
        await File.WriteAllTextAsync(Path.Combine(_shop.Store, "zz.waybill"), "WAYBILL? no");

        JsonElement all = await _shop.JsonAsync("point-list.json", "point", "list");
        JsonElement ours = await _shop.JsonAsync("point-list.json", "point", "list", "--app", "shop");
        string firstId = first.GetProperty("bundle").GetProperty("id").GetString()!;
        JsonElement byId = await _shop.JsonAsync("app-restore.json", "app", "restore", "shop", "--to", "notes=old", "--point", firstId);
        JsonElement newest = await _shop.JsonAsync("app-restore.json", "app", "restore", "shop", "--to", "notes=local:new", "--dry-run");

        Assert.Equal(3, all.GetProperty("points").GetArrayLength());
        Assert.Equal([firstId, second.GetProperty("bundle").GetProperty("id").GetString()], ours.GetProperty("points").EnumerateArray().Select(point => point.GetProperty("id").GetString()));
        Assert.Equal((firstId, second.GetProperty("bundle").GetProperty("id").GetString()), (byId.GetProperty("bundle").GetString(), newest.GetProperty("bundle").GetString()));
        await _shop.FailsAsync(ExitCode.Failed, "WB3101: The point is of the application 'shop'", "app", "restore", "other", "--to", "notes=x", "--point", firstId);
        await _shop.FailsAsync(ExitCode.Failed, "WB3101: There is no point", "app", "restore", "nobody", "--all-to", "local");
        await _shop.FailsAsync(ExitCode.Failed, "WB1501", "app", "restore", "shop", "--to", "nothing=x");
    }

    [Fact]
    public async Task ExistingVolume_IsOverwrittenOnlyByOnto()
    {
        await _shop.DoneAsync(_shop.Protect);
        JsonElement made = await _shop.JsonAsync("app-restore.json", "app", "restore", "shop", "--to", "disk=target");
        string id = made.GetProperty("volumes")[0].GetProperty("volume").GetString()!;

        await _shop.FailsAsync(ExitCode.Failed, "WB3008", "app", "restore", "shop", "--to", "disk=target");
        JsonElement again = await _shop.JsonAsync("app-restore.json", "app", "restore", "shop", "--onto", "disk=local:" + id);

        Assert.Equal(id, again.GetProperty("volumes")[0].GetProperty("volume").GetString());
    }

    [Fact]
    public async Task Tree_OfWhichAPartIsWanted_ComesBackInPart()
    {
        _shop.Write("notes/sub/b.txt", "b");
        await _shop.DoneAsync(_shop.Protect);
        await _shop.DoneAsync("app", "restore", "shop", "--to", "notes=part", "--only", "notes=sub/");
        string id = (await _shop.JsonAsync("volume-list.json", "volume", "list")).GetProperty("volumes")[0].GetProperty("id").GetString()!;
        string config = _shop.Write("waybill.yaml", $"applications:\n  part:\n    volumes:\n      notes: {{provider: local, volume: {id}}}\n");
        string file = (await _shop.JsonAsync("app-protect.json", "app", "protect", "part", "--config", config)).GetProperty("file").GetString()!;
        await _shop.DoneAsync("bundle", "restore", file, "--to", _shop["files"]);

        Assert.Equal(["sub/b.txt"], Directory.EnumerateFiles(_shop["files/files/notes"], "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_shop["files/files/notes"], path)));
    }

    [Fact]
    public async Task WhatCannotBeHadAsAsked_IsRefused()
    {
        string[] live = ["app", "protect", "shop", "--volume", "disk=" + _shop["disk.img"], "--volume", "more=" + _shop["disk.img"]];
        string config = _shop.Write("waybill.yaml", "applications:\n  shop:\n    resources: [k8s]\n");

        await _shop.FailsAsync(ExitCode.Failed, "WB3015", [.. live, "--min-consistency", "application"]);
        await _shop.FailsAsync(ExitCode.Failed, "WB3101: There is no application 'nobody'", "app", "protect", "nobody", "--config", config);
        await _shop.FailsAsync(ExitCode.Failed, "WB3001", "app", "protect", "shop", "--volume", "disk=" + _shop["missing"]);
        await _shop.FailsAsync(ExitCode.Failed, "WB1601", "point", "list", "--store", _shop["missing"]);
        await _shop.FailsAsync(ExitCode.Failed, "WB1601", "point", "list", "--config", _shop["missing"]);
        await _shop.FailsAsync(ExitCode.Usage, "is configured", [.. live, "--config", config]);
        await _shop.FailsAsync(ExitCode.Usage, "is no directory", "app", "protect", "shop", "--files", "notes=" + _shop["disk.img"]);
        Assert.False(Directory.Exists(_shop["missing"]));
        Assert.Empty(Directory.GetFiles(_shop.Store));
    }

    [Fact]
    public async Task EncryptedPoints_AreMadeAndReadByTheConfiguration_AndNoReadableOneComesBesideThem()
    {
        foreach (string name in (string[])["vault", "escrow", "sign"])
        {
            await _shop.DoneAsync(["key", "new", "--out", _shop[name + ".key"], .. name == "sign" ? (string[])["--kind", "sign"] : []]);
            _shop.Write(name + ".pub", (await _shop.DoneAsync("key", "public", _shop[name + ".key"])).Output);
        }

        string config = _shop.Write(
            "waybill.yaml",
            """
            encryption: {recipients: [vault.pub, escrow.pub]}
            keys: {read: [vault.key], sign: [sign.key]}
            trust: {keys: [sign.pub]}
            """);

        JsonElement first = await _shop.JsonAsync("app-protect.json", [.. _shop.Protect, "--config", config]);
        JsonElement second = await _shop.JsonAsync("app-protect.json", [.. _shop.Protect, "--config", config]);
        Assert.Equal(first.GetProperty("bundle").GetProperty("id").GetString(), second.GetProperty("bundle").GetProperty("parent").GetProperty("id").GetString());
        await _shop.DoneAsync("app", "restore", "shop", "--all-to", "local", "--config", config);
        await _shop.DoneAsync("bundle", "verify", second.GetProperty("file").GetString()!, "--key", _shop["escrow.key"], "--trust", _shop["sign.pub"]);

        await _shop.FailsAsync(ExitCode.Usage, "--no-encryption", _shop.Protect);
        CliResult listed = await _shop.DoneAsync("point", "list");
        Assert.Contains("WB1701", listed.Output, StringComparison.Ordinal);
        await _shop.FailsAsync(ExitCode.Failed, "WB3101", "app", "restore", "shop", "--all-to", "local:b-");
    }
}
