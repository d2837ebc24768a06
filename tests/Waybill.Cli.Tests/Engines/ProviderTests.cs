using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Engines;

public sealed class ProviderTests : IDisposable
{
    private readonly EngineScenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task List_NamesPlatformsAndRoles()
    {
        JsonElement listed = await _shop.JsonAsync("provider-list.json", "provider", "list");

        JsonElement local = Assert.Single(listed.GetProperty("providers").EnumerateArray());
        Assert.Equal(("local", _shop["xdg/waybill/pool"]), (local.GetProperty("name").GetString(), local.GetProperty("pool").GetString()));
        Assert.Contains("snapshots", local.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
    }

    [Fact]
    public async Task Verify_OfTheLocalPlatform_FindsEveryObligationKept_AndLeavesNothing()
    {
        JsonElement report = await _shop.JsonAsync("provider-verify.json", "provider", "verify", "local", "--histories", "1", "--size", "1MiB");

        Assert.True(report.GetProperty("conformant").GetBoolean());
        Assert.Equal("no volumes\n", (await _shop.DoneAsync("volume", "list")).Output);
    }

    [Fact]
    public async Task PlatformThatIsNotConfigured_IsNamed()
    {
        await _shop.FailsAsync(ExitCode.Failed, "WB3101: There is no provider 'nas' (Known: local.)", "provider", "verify", "nas");
        await _shop.FailsAsync(ExitCode.Failed, "WB3101", "volume", "list", "--provider", "nas");
    }

    [Fact]
    public async Task Volumes_BesideThePool_AreListedAsConfigured()
    {
        string config = _shop.Write("waybill.yaml", "providers:\n  disks: {type: local, pool: pool, volumes: {orders: disk.img, notes: notes}}\n");

        JsonElement listed = await _shop.JsonAsync("volume-list.json", "volume", "list", "--config", config, "--provider", "disks");

        Assert.Equal(
            [("notes", "files", 0L), ("orders", "block", _shop.Disk.LongLength)],
            listed.GetProperty("volumes").EnumerateArray().Select(volume => (volume.GetProperty("id").GetString(), volume.GetProperty("kind").GetString(), volume.GetProperty("length").GetInt64())));
    }
}
