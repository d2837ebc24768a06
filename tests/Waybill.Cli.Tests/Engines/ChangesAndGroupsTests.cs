using System.Text.Json;

namespace Waybill.Cli.Tests.Engines;

public sealed class ChangesAndGroupsTests
{
    private const int Mebibytes = 8;

    [SkippableTheory]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task SecondPoint_ReadsWhatChanged_AndBothDisksAreOfOneMoment(string fileSystem)
    {
        await using ReflinkScenario shop = await ReflinkScenario.CreateAsync(fileSystem, Mebibytes);
        JsonElement first = await shop.JsonAsync("app-protect.json", "app", "protect", "shop");
        await shop.WriteAsync("a", 3_000_000, new byte[10_000]);
        await shop.WriteAsync("b", 0, [1, 2, 3]);

        JsonElement plan = await shop.JsonAsync("app-plan.json", "app", "plan", "shop");
        JsonElement second = await shop.JsonAsync("app-protect.json", "app", "protect", "shop");

        Assert.Equal(["allocated", "allocated"], Steps(first));
        Assert.Equal(["delta", "delta"], Steps(plan));
        Assert.Equal(["delta", "delta"], Steps(second));
        Assert.All(second.GetProperty("volumes").EnumerateArray(), volume => Assert.InRange(volume.GetProperty("bytesToRead").GetInt64(), 3, 1 << 20));
        Assert.True(second.GetProperty("selfCheckedBytes").GetInt64() > 0);
        JsonElement group = Assert.Single(second.GetProperty("bundle").GetProperty("consistency").EnumerateArray());
        Assert.True(group.GetProperty("writeOrderFidelity").GetBoolean());
        Assert.Equal((2, "application"), (group.GetProperty("streams").GetArrayLength(), group.GetProperty("level").GetString()));
        Assert.Equal(["hooks: pre", "hooks: post"], group.GetProperty("hooks").EnumerateArray().Select(hook => hook.GetProperty("name").GetString()));
        await shop.MustHoldDisksAsync(second.GetProperty("file").GetString()!);

        // The snapshots the next point builds on, and no others.
        Assert.Equal(2, Directory.GetFiles(shop["pool/snapshots"]).Length);
        Assert.False(File.Exists(shop.Held));
    }

    private static IEnumerable<string?> Steps(JsonElement report) => report.GetProperty("volumes").EnumerateArray().Select(volume => volume.GetProperty("step").GetString());
}
