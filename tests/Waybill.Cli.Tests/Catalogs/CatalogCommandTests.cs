using System.Text.Json;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Tests.Json;

namespace Waybill.Cli.Tests.Catalogs;

public sealed class CatalogCommandTests : IDisposable
{
    private readonly Scenario _shop = new();

    public CatalogCommandTests() => _shop.Cli.Variables["WAYBILL_CATALOG"] = _shop["catalog.db"];

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task ThreeCommands_TurnADirectoryIntoAnswers()
    {
        await MakeTwoPointsAsync();

        CliResult scanned = await _shop.Cli.DoneAsync("catalog", "scan", _shop.Folder, "--depth", "files");
        CliResult found = await _shop.Cli.DoneAsync("catalog", "search", "OPS-7");
        CliResult drawn = await _shop.Cli.DoneAsync("catalog", "timeline", "shop");

        Assert.Equal($"2 bundles read, 2 new points; catalog {_shop["catalog.db"]}\n", scanned.Output);
        Assert.Matches(@"^shop  2026-03-04( to 2026-03-05)?  tag  ticket=OPS-7  [0-9a-f]{32}\n$", found.Output);
        Assert.Contains("prod/store", drawn.Output, StringComparison.Ordinal);
        Assert.Contains("*", drawn.Output, StringComparison.Ordinal);
        Assert.Matches(@"    2026-03-05 05:06:07 UTC  changes +[\d.]+ KiB  unknown  complete  \S+b\.waybill\n", drawn.Output);
    }

    [Fact]
    public async Task EveryCommand_PrintsWhatItsSchemaSays()
    {
        await MakeTwoPointsAsync();
        File.WriteAllBytes(_shop["cut.waybill"], File.ReadAllBytes(_shop["a.waybill"])[..100_000]);

        JsonElement scanned = await JsonAsync("catalog-scan.json", "scan", _shop.Folder);
        JsonElement added = await JsonAsync("catalog-add.json", "add", _shop["a.waybill"], _shop["b.waybill"]);
        JsonElement found = await JsonAsync("catalog-search.json", "search", "shop", "--limit", "3");
        JsonElement shown = await JsonAsync("catalog-show.json", "show", "shop");
        JsonElement life = await JsonAsync("catalog-timeline.json", "timeline", "shop");
        JsonElement where = await JsonAsync("catalog-where.json", "where", "data");
        JsonElement orphans = await JsonAsync("catalog-orphans.json", "orphans", "--stale-after", "1d");
        JsonElement resolved = await JsonAsync("catalog-resolve.json", "resolve", "/prod/store/shop/data@2026-03-04");
        JsonElement counts = await JsonAsync("catalog-stats.json", "stats");
        JsonElement pruned = await JsonAsync("catalog-prune.json", "prune", "--gone-for", "1y", "--dry-run");

        Assert.Equal((3, 2), (scanned.GetProperty("read").GetInt32(), scanned.GetProperty("added").GetInt32()));
        Assert.Equal("WB1101", scanned.GetProperty("problems")[0].GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal(0, added.GetProperty("added").GetInt32());
        Assert.True(found.GetProperty("cut").GetBoolean());
        Assert.Equal("files", shown.GetProperty("applications")[0].GetProperty("points")[0].GetProperty("depth").GetString());
        Assert.Equal(2, life.GetProperty("applications")[0].GetProperty("points").GetArrayLength());
        Assert.Equal(2, where.GetProperty("volumes")[0].GetProperty("points").GetArrayLength());
        Assert.Contains(orphans.GetProperty("orphans").EnumerateArray(), orphan => orphan.GetProperty("kind").GetString() == "unreadable-bundle");
        Assert.Equal("a.waybill", resolved.GetProperty("copy").GetProperty("name").GetString());
        Assert.Equal(1, counts.GetProperty("applications").GetInt32());
        Assert.Equal(0, pruned.GetProperty("points").GetInt32());
    }

    [Fact]
    public async Task Export_IsWhatItsSchemaSays_AndTheSameEachTime()
    {
        await MakeTwoPointsAsync();
        await _shop.Cli.DoneAsync("catalog", "scan", _shop.Folder, "--depth", "files");
        await _shop.Cli.DoneAsync("catalog", "export", "--out", _shop["one.json"], "--files");
        File.Delete(_shop["catalog.db"]);
        await _shop.Cli.DoneAsync("catalog", "scan", _shop.Folder, "--depth", "files");
        CliResult second = await _shop.Cli.DoneAsync("catalog", "export", "--files");

        byte[] first = await File.ReadAllBytesAsync(_shop["one.json"]);
        Assert.Equal(first, second.Bytes);
        Assert.Empty(new JsonSchema(RepositoryRoot.PathOf("docs/cli/schemas")).Check("catalog-export.json", JsonDocument.Parse(first).RootElement));
    }

    [Fact]
    public async Task LogicalName_StandsWhereABundleIsRead()
    {
        await MakeTwoPointsAsync();
        Directory.CreateDirectory(_shop["elsewhere"]);
        File.Move(_shop["a.waybill"], _shop["elsewhere/old.waybill"]);
        await _shop.Cli.DoneAsync("catalog", "scan", _shop.Folder);
        const string Name = "catalog:/prod/store/shop";

        CliResult read = await _shop.Cli.DoneAsync("bundle", "read", Name, "--volume", "data", "--offset", "0", "--length", "5000");
        await _shop.Cli.DoneAsync("bundle", "restore", Name, "--to", _shop["back"], "--volume", "data");
        CliResult shown = await _shop.Cli.DoneAsync("bundle", "show", Name + "@2026-03-04");
        await _shop.Cli.DoneAsync("bundle", "verify", Name);

        Assert.Equal(_shop.Volume[..5000], read.Bytes);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
        Assert.Contains("full", shown.Output, StringComparison.Ordinal);
        CliResult missing = await _shop.Cli.RunAsync("bundle", "show", "catalog:/prod/store/none");
        Assert.Equal(ExitCode.Failed, missing.Code);
        Assert.StartsWith("WB3404: ", missing.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await _shop.Cli.RunAsync("bundle", "show", "catalog:shop")).Code);
    }

    [Fact]
    public async Task HostileNames_NeverReachTheTerminalOrThePage()
    {
        const string Evil = "a\u001b[2J\u202E</title><script>alert(1)</script>'\"&";
        await _shop.Cli.DoneAsync("bundle", "create", _shop["evil.waybill"], "--app", Evil, "--volume", "data=" + _shop["data.img"], "--tag", $"k={Evil}");
        await _shop.Cli.DoneAsync("catalog", "scan", _shop.Folder);

        foreach (string[] command in (string[][])[["search", "script"], ["show", Evil], ["timeline", Evil], ["where", "data"], ["orphans", "--stale-after", "1h"]])
        {
            CliResult result = await _shop.Cli.DoneAsync(["catalog", .. command]);
            Assert.DoesNotContain(result.Output + result.Error, c => c is '\u001b' or '\u202E');
        }

        await _shop.Cli.DoneAsync("catalog", "timeline", Evil, "--html", _shop["life.html"]);
        await _shop.Cli.DoneAsync("catalog", "report", "--html", _shop["report.html"]);
        foreach (string page in new[] { "life.html", "report.html" })
        {
            string text = await File.ReadAllTextAsync(_shop[page]);
            Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(text, c => c is '\u001b' or '\u202E');
            Assert.Contains(@"\u{202E}&lt;/title&gt;&lt;script&gt;", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("WB3401", "catalog", "search", "shop")]
    [InlineData("WB3401", "catalog", "stats")]
    public async Task WithoutACatalog_NothingIsMade(string code, params string[] arguments)
    {
        await _shop.FailsAsync(ExitCode.Failed, code, arguments);
    }

    [Theory]
    [InlineData("catalog", "search", "x", "--kind", "nonsense")]
    [InlineData("catalog", "search", "x", "--at", "yesterday")]
    [InlineData("catalog", "search", "x", "--at", "2026-01-01", "--from", "2026-01-01")]
    [InlineData("catalog", "search", "x", "--limit", "0")]
    [InlineData("catalog", "prune", "--gone-for", "soon")]
    [InlineData("catalog", "scan", ".", "--depth", "all")]
    [InlineData("catalog", "stats", "--catalog", "postgresql://h/d?sslmode=nonsense&what=ever")]
    public async Task WhatCannotBeMeant_IsAMistakeOfUse(params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, (await _shop.Cli.RunAsync(arguments)).Code);
    }

    [Fact]
    public async Task DamagedCatalog_IsMovedAside_AndSaidSo()
    {
        await MakeTwoPointsAsync();
        File.WriteAllText(_shop["catalog.db"], new string('x', 5_000));

        await _shop.FailsAsync(ExitCode.Failed, "WB3402", "catalog", "search", "shop");
        CliResult scanned = await _shop.Cli.DoneAsync("catalog", "scan", _shop.Folder);

        Assert.Contains("catalog.db.aside-", scanned.Error, StringComparison.Ordinal);
        Assert.Contains("2 new points", scanned.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_SaysWhichCatalog_AndThePlatformsAreAsked()
    {
        _shop.Cli.Variables.Clear();
        await MakeTwoPointsAsync();
        string configuration = _shop.Write("waybill.yaml", "store: .\nstate: state\ncatalog: own.db\nproviders:\n  local: {type: local, pool: pool, volumes: {orders: data.img}}\n");

        await _shop.Cli.DoneAsync("catalog", "scan", "--config", configuration);
        CliResult orphans = await _shop.Cli.DoneAsync("catalog", "orphans", "--ask", "--config", configuration);

        Assert.True(File.Exists(_shop["own.db"]));
        Assert.Contains("volumes that no point was made of\n  local:orders", orphans.Output, StringComparison.Ordinal);
    }

    private async Task MakeTwoPointsAsync()
    {
        await _shop.CreateFullAsync("a.waybill", "--cluster", "prod", "--namespace", "store");
        _shop.Cli.Time.Advance(TimeSpan.FromDays(1));
        _shop.Change(0, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill", "--cluster", "prod", "--namespace", "store");
    }

    private async Task<JsonElement> JsonAsync(string schema, params string[] arguments)
    {
        CliResult result = await _shop.Cli.DoneAsync(["catalog", .. arguments, "--json"]);
        JsonElement document = JsonDocument.Parse(result.Output).RootElement;
        Assert.Empty(new JsonSchema(RepositoryRoot.PathOf("docs/cli/schemas")).Check(schema, document));
        Assert.DoesNotContain(result.Output, c => c > '~' || (c < ' ' && c != '\n'));
        return document;
    }
}
