using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Json;

public sealed class JsonReportTests : IDisposable
{
    private static readonly string s_schemas = RepositoryRoot.PathOf("docs/cli/schemas");

    private readonly Scenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Create_AndMerge_PrintWhatTheSchemasSay()
    {
        JsonElement created = Parse("bundle-create.json", await _shop.CreateFullAsync("a.waybill", "--json"));
        _shop.Change(0, 5_000, seed: 3);
        JsonElement child = Parse("bundle-create.json", await _shop.CreateIncrementalAsync("b.waybill", "a.waybill", "--json"));
        JsonElement merged = Parse("bundle-merge.json", await _shop.Cli.DoneAsync("bundle", "merge", _shop["a.waybill"], _shop["b.waybill"], "--out", _shop["m.waybill"], "--json"));

        Assert.Equal(new FileInfo(_shop["a.waybill"]).Length, created.GetProperty("fileBytes").GetInt64());
        Assert.Equal(created.GetProperty("bundle").GetProperty("id").GetString(), child.GetProperty("bundle").GetProperty("parent").GetProperty("id").GetString());
        Assert.Equal(created.GetProperty("bundle").GetProperty("manifestDigest").GetString(), child.GetProperty("bundle").GetProperty("parent").GetProperty("manifestDigest").GetString());
        Assert.False(merged.GetProperty("bundle").GetProperty("incremental").GetBoolean());
    }

    [Fact]
    public async Task Show_PrintsWhatTheSchemaSays()
    {
        await _shop.CreateFullAsync("a.waybill", "--consistency", "crash", "--mechanism", "lvm snapshot", "--cluster", "prod");

        JsonElement shown = Parse("bundle-show.json", await _shop.Cli.DoneAsync("bundle", "show", _shop["a.waybill"], "--json"));

        JsonElement bundle = shown.GetProperty("bundle");
        Assert.Equal("shop", bundle.GetProperty("application").GetProperty("name").GetString());
        Assert.Equal("prod", bundle.GetProperty("application").GetProperty("origin").GetProperty("clusterName").GetString());
        Assert.Equal("1a2b", bundle.GetProperty("application").GetProperty("origin").GetProperty("uid").GetString());
        Assert.Equal("crash", bundle.GetProperty("consistency")[0].GetProperty("level").GetString());
        Assert.Equal(["app=web", "ticket=OPS-7"], bundle.GetProperty("tags").EnumerateArray().Select(tag => $"{tag.GetProperty("key")}={tag.GetProperty("value")}"));
        JsonElement volume = bundle.GetProperty("streams").EnumerateArray().Single(stream => stream.GetProperty("kind").GetString() == "block-volume");
        Assert.Equal(("shop/data", "fast"), (volume.GetProperty("volume").GetProperty("claim").GetString(), volume.GetProperty("volume").GetProperty("storageClass").GetString()));
        Assert.Equal(["data", "login", "web"], shown.GetProperty("resources").EnumerateArray().Select(resource => resource.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Show_OfABundleThatIsCut_SaysWhoseItIs()
    {
        await _shop.CreateFullAsync("a.waybill");
        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        await File.WriteAllBytesAsync(_shop["a.waybill"], bundle[..(bundle.Length / 2)]);

        CliResult text = await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1101", "bundle", "show", _shop["a.waybill"]);
        JsonElement shown = Parse("bundle-show.json", await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1101", "bundle", "show", _shop["a.waybill"], "--json"));

        Assert.StartsWith("shop\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("  complete     NO (WB1101)", text.Output, StringComparison.Ordinal);
        Assert.False(shown.GetProperty("complete").GetBoolean());
        Assert.Equal("shop", shown.GetProperty("bundle").GetProperty("application").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Verify_PrintsWhatTheSchemaSays_GoodOrBad()
    {
        await _shop.CreateFullAsync("a.waybill", "--codec", "none");
        byte[] old = [.. _shop.Volume];
        _shop.Change(4 << 20, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");

        JsonElement good = Parse("bundle-verify.json", await _shop.Cli.DoneAsync("bundle", "verify", _shop["b.waybill"], "--json"));
        Assert.True(good.GetProperty("valid").GetBoolean());
        Assert.Equal("chain", good.GetProperty("checked").GetString());

        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        bundle[bundle.AsSpan().IndexOf(old.AsSpan(1 << 20, 64)) + 10] ^= 1;
        await File.WriteAllBytesAsync(_shop["a.waybill"], bundle);
        JsonElement bad = Parse("bundle-verify.json", await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1105", "bundle", "verify", _shop["b.waybill"], "--json"));
        Assert.False(bad.GetProperty("valid").GetBoolean());
        Assert.Equal("WB1105", bad.GetProperty("parents")[0].GetProperty("problem").GetProperty("code").GetString());

        File.Delete(_shop["a.waybill"]);
        JsonElement alone = Parse("bundle-verify.json", await _shop.FailsAsync(ExitCode.Failed, "WB1301", "bundle", "verify", _shop["b.waybill"], "--json"));
        Assert.Equal("WB1301", alone.GetProperty("parentsProblem").GetProperty("code").GetString());
        Assert.Equal("bundle", alone.GetProperty("checked").GetString());
    }

    [Fact]
    public async Task Restore_PrintsWhatTheSchemaSays()
    {
        await _shop.CreateFullAsync("a.waybill");

        JsonElement restored = Parse("bundle-restore.json", await _shop.Cli.DoneAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"], "--json"));

        Assert.Equal(["volume", "bytes", "resources"], restored.GetProperty("restored").EnumerateArray().Select(part => part.GetProperty("kind").GetString()));
        Assert.All(restored.GetProperty("restored").EnumerateArray(), part => Assert.True(Path.Exists(part.GetProperty("path").GetString())));

        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        bundle[bundle.AsSpan().IndexOf(_shop.Volume.AsSpan(100, 64))] ^= 1;
        await File.WriteAllBytesAsync(_shop["a.waybill"], bundle);
        JsonElement damaged = Parse("bundle-restore.json", await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["again"], "--json"));
        Assert.Single(damaged.GetProperty("notRestored").EnumerateArray());
    }

    [Fact]
    public async Task Salvage_PrintsWhatTheSchemaSays()
    {
        await _shop.CreateFullAsync("a.waybill");
        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        await File.WriteAllBytesAsync(_shop["cut.waybill"], bundle[..(bundle.Length / 2)]);

        JsonElement whole = Parse("bundle-salvage.json", await _shop.Cli.DoneAsync("bundle", "salvage", _shop["a.waybill"], "--to", _shop["a"], "--json"));
        JsonElement part = Parse("bundle-salvage.json", await _shop.Cli.RunAsync("bundle", "salvage", _shop["cut.waybill"], "--to", _shop["b"], "--json"));

        Assert.True(whole.GetProperty("whole").GetBoolean());
        Assert.Empty(whole.GetProperty("damage").EnumerateArray());
        Assert.False(part.GetProperty("whole").GetBoolean());
        Assert.Equal(whole.GetProperty("bundle").GetString(), part.GetProperty("bundle").GetString());
    }

    [Fact]
    public void Documentation_HasASectionAndASchemaForEachCommand()
    {
        string text = File.ReadAllText(RepositoryRoot.PathOf("docs/cli/json.md"));

        foreach (string schema in Directory.EnumerateFiles(s_schemas, "*-*.json").Select(path => Path.GetFileNameWithoutExtension(path)))
        {
            Assert.Contains($"## waybill {schema.Replace('-', ' ')}", text, StringComparison.Ordinal);
            Assert.Contains($"(schemas/{schema}.json)", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EncryptedAndSigned_EachCommand_PrintsWhatTheSchemaSays()
    {
        foreach (string name in new[] { "vault", "other" })
        {
            await _shop.Cli.DoneAsync("key", "new", "--out", _shop[name + ".key"]);
            _shop.Write(name + ".pub", (await _shop.Cli.DoneAsync("key", "public", _shop[name + ".key"])).Output);
        }

        string[] key = ["--key", _shop["vault.key"], "--json"];
        await _shop.CreateFullAsync("a.waybill", "--recipient", _shop["vault.pub"], "--public-tag", "site=north", "--public-tags", "--sign", _shop["vault.key"]);

        JsonElement closed = Parse("bundle-show.json", await _shop.Cli.DoneAsync("bundle", "show", _shop["a.waybill"], "--json"));
        JsonElement opened = Parse("bundle-show.json", await _shop.Cli.DoneAsync(["bundle", "show", _shop["a.waybill"], .. key]));
        JsonElement verified = Parse("bundle-verify.json", await _shop.Cli.DoneAsync(["bundle", "verify", _shop["a.waybill"], "--trust", _shop["vault.pub"], .. key]));
        Parse("bundle-verify.json", await _shop.Cli.DoneAsync("bundle", "verify", _shop["a.waybill"], "--storage-only", "--trust", _shop["vault.pub"], "--json"));
        JsonElement signed = Parse("bundle-sign.json", await _shop.Cli.DoneAsync(["bundle", "sign", _shop["a.waybill"], "--sign", _shop["other.key"], .. key]));
        Parse("bundle-restore.json", await _shop.Cli.DoneAsync(["bundle", "restore", _shop["a.waybill"], "--to", _shop["to"], .. key]));
        Parse("bundle-rewrap.json", await _shop.Cli.DoneAsync(
            ["bundle", "rewrap", _shop["a.waybill"], "--out", _shop["r.waybill"], "--recipient", _shop["other.pub"], .. key]));
        Parse("bundle-reencrypt.json", await _shop.Cli.DoneAsync(["bundle", "reencrypt", _shop["a.waybill"], "--out", _shop["p.waybill"], "--no-encryption", .. key]));

        Assert.Equal(JsonValueKind.Null, closed.GetProperty("bundle").ValueKind);
        Assert.Equal("north", closed.GetProperty("encryption").GetProperty("publicTags")[0].GetProperty("value").GetString());
        Assert.Equal("all", opened.GetProperty("encryption").GetProperty("opened").GetString());
        Assert.Equal(opened.GetProperty("bundle").GetProperty("id").GetString(), closed.GetProperty("id").GetString());
        Assert.Equal("valid", verified.GetProperty("signatures").GetProperty("outcome").GetString());
        Assert.Equal(1, signed.GetProperty("signedBy").GetArrayLength());
    }

    private static JsonElement Parse(string schema, CliResult result)
    {
        JsonElement document = JsonDocument.Parse(result.Output).RootElement;
        Assert.Empty(new JsonSchema(s_schemas).Check(schema, document));
        Assert.DoesNotContain(result.Output, c => c > '~' || (c < ' ' && c != '\n'));
        return document;
    }
}
