using System.Text;
using System.Text.RegularExpressions;
using Waybill.Bundles;
using Waybill.Cli.Configuration;
using Waybill.Cli.Terminal;
using Waybill.Engine;

namespace Waybill.Cli.Tests.Configuration;

public sealed partial class ConfigurationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestCli _cli = new();

    private string File => _folder["waybill.yaml"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Guide_ListsEverySettingAndNoOther()
    {
        string title = "";
        List<string> documented = [];
        foreach (string line in System.IO.File.ReadLines(RepositoryRoot.PathOf("docs/guide/configuration.md")))
        {
            title = line.StartsWith("## ", StringComparison.Ordinal) ? line[3..] : title;
            if (SettingRow().Match(line) is { Success: true } row)
            {
                documented.Add($"{title}: {row.Groups[1].Value}");
            }
        }

        Assert.Equal(SettingSection.All.SelectMany(section => section.Settings.Select(setting => $"{section.Title}: {setting}")), documented);
    }

    [Fact]
    public async Task EverySetting_IsBound()
    {
        WaybillConfiguration bound = await LoadAsync(Everything);

        Assert.Equal((_folder["store"], "/var/lib/waybill", BundleCodec.Zstd), (bound.StoreDirectory, bound.StateDirectory, bound.Codec));
        Assert.Equal(("disks", "/srv/pool"), (bound.Providers[0].Name, bound.Providers[0].PoolDirectory));
        Assert.Equal(["db", "share"], bound.Providers[0].Volumes.Select(volume => volume.Name));
        Assert.Equal(["all", "frozen", "hooks", "pg", "pg-backup"], bound.Quiescers.Keys.Order(StringComparer.Ordinal));
        ApplicationSettings shop = bound.Applications.Single();
        Assert.Equal(("prod", "store", "all"), (shop.Cluster, shop.Namespace, shop.Application.Quiescer));
        Assert.Equal(_folder["k8s"], Assert.Single(shop.Resources));
        ProtectedVolume volume = shop.Application.Volumes.Single();
        Assert.Equal(("data", "disks", "db", ChangePolicy.Compare), (volume.Name, volume.Provider, volume.Volume.ToString(), volume.Changes));
        Assert.Equal(("store/data", "fast"), (volume.Facts.Claim, volume.Facts.StorageClass));
        Assert.Equal([("team", TagSensitivity.Internal), ("site", TagSensitivity.Public)], shop.Application.Tags.Select(tag => (tag.Key, tag.Sensitivity)));
        Assert.Equal(
            new ProtectPolicy
            {
                MinimumConsistency = ConsistencyLevel.FileSystem, RequireWriteOrder = true, QuiesceOptional = true, QuiesceDeadline = TimeSpan.FromSeconds(10),
                SelfCheckShare = 0.5, CompareEvery = 7, Verify = false, ParallelVolumes = 2, RetryLimit = TimeSpan.FromMinutes(2),
            },
            shop.Application.Policy);
        Assert.Equal(4, bound.Encryption.Recipients.Count);
        Assert.True(bound.Encryption.ShowPublicTags);
        Assert.Equal((_folder["vault.key"], _folder["sign.key"], _folder["pass"]), (bound.Keys.Keys.Single(), bound.Keys.Signers.Single(), bound.Keys.Passphrase!.File));
        Assert.Equal((2, 1, 2), (bound.Trust.Keys.Count, bound.Trust.Roots.Count, bound.Trust.Threshold));
    }

    [Fact]
    public async Task ExampleOfTheGuide_IsBound()
    {
        string guide = await System.IO.File.ReadAllTextAsync(RepositoryRoot.PathOf("docs/guide/configuration.md"));

        WaybillConfiguration bound = await LoadAsync(guide.Split("```yaml\n")[1].Split("```")[0]);

        Assert.Equal("shop-db", bound.Applications.Single().Application.Quiescer);
    }

    [Fact]
    public async Task Json_IsReadAsYaml()
    {
        WaybillConfiguration bound = await LoadAsync("{\n\t\"store\": \"/b\\/store\",\n\t\"providers\": {\"disks\": {\"type\": \"local\", \"pool\": \"/p\"}}\n}\n");

        Assert.Equal(("/b/store", "disks"), (bound.StoreDirectory, bound.Providers.Single().Name));
    }

    [Theory]
    [InlineData("stor: /x", 1, "'stor'")]
    [InlineData("store:\n  - /x", 1, "'store'")]
    [InlineData("store:", 1, "'store'")]
    [InlineData("store: /a\nstate: /b\nstore: /c", 3, "twice")]
    [InlineData("store: &a /a\nstate: *a", 1, "Anchors")]
    [InlineData("store: !!str /a", 1, "tags")]
    [InlineData("store: /a\n---\nstore: /b", 2, "one document")]
    [InlineData("store: a: b", 1, "YAML")]
    [InlineData("- a", 1, "mapping")]
    [InlineData("providers:\n  a:\n    type: nfs\n    pool: /p", 3, "'providers.a.type'")]
    [InlineData("providers:\n  a:\n    type: local", 2, "'pool'")]
    [InlineData("providers:\n  a:\n    type: local\n    pool: /p\n    quota: 3", 5, "'providers.a.quota'")]
    [InlineData("quiescers:\n  q:\n    mounts: [/]", 2, "'type'")]
    [InlineData("quiescers:\n  q:\n    type: freeze\n    before: [x]", 4, "'quiescers.q.before'")]
    [InlineData("quiescers:\n  q:\n    type: command\n    before: []", 2, "no program")]
    [InlineData("quiescers:\n  q:\n    type: command\n    before: [a]\n    timeout: 10", 5, "time span")]
    [InlineData("quiescers:\n  q:\n    type: all-of\n    members: [q]", 4, "'quiescers.q.members[0]'")]
    [InlineData("quiescers:\n  q:\n    type: postgres\n    mode: backup", 2, "'labels'")]
    [InlineData("quiescers:\n  q:\n    type: postgres\n    mode: backup\n    labels: /l\n    fileSystems: f", 6, "mode 'checkpoint'")]
    [InlineData("quiescers:\n  q:\n    type: postgres\n    labels: /l", 4, "mode 'backup'")]
    [InlineData("applications:\n  shop: {}", 2, "nothing to protect")]
    [InlineData("applications:\n  shop:\n    resources: [k]\n    quiescer: none", 4, "not configured")]
    [InlineData("applications:\n  shop:\n    volumes:\n      a/b: {provider: local, volume: x}", 4, "slashes")]
    [InlineData("applications:\n  shop:\n    volumes:\n      a: {provider: nfs, volume: x}", 4, "'applications.shop.volumes.a.provider'")]
    [InlineData("applications:\n  shop:\n    resources: [k]\n    policy:\n      verify: 'true'", 5, "true or false")]
    [InlineData("applications:\n  shop:\n    resources: [k]\n    policy:\n      verify: yes", 5, "true or false")]
    [InlineData("applications:\n  shop:\n    resources: [k]\n    policy:\n      selfCheck: 2", 5, "0 to 1")]
    [InlineData("applications:\n  shop:\n    resources: [k]\n    policy:\n      parallel: 0", 5, "from 1 to 64")]
    [InlineData("encryption:\n  dataRecipients: [a.pub]", 1, "Nobody could open everything")]
    [InlineData("encryption:\n  publicTags: true", 1, "no recipient")]
    [InlineData("keys:\n  passphrase: secret", 2, "'keys.passphrase'")]
    [InlineData("trust:\n  threshold: 1", 1, "nobody")]
    public async Task Mistake_IsRefusedWithItsPlace(string text, int line, string says)
    {
        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => LoadAsync(text));

        Assert.Equal((WaybillErrorCode.ConfigurationInvalid, $"{File}:{line}"), (error.Code, error.ObjectName));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAFile_ThereIsALocalPlatformInTheUsersState()
    {
        _cli.Variables["XDG_STATE_HOME"] = _folder["xdg"];

        WaybillConfiguration bound = await ConfigurationFiles.LoadAsync(new EngineRequest(null, null, _folder["records"]), Console(), CancellationToken.None);

        Assert.Equal(
            (_folder["xdg/waybill/store"], _folder["records"], "local", _folder["xdg/waybill/pool"]),
            (bound.StoreDirectory, bound.StateDirectory, bound.Providers.Single().Name, bound.Providers.Single().PoolDirectory));
    }

    [Fact]
    public async Task File_IsThatOfTheOption_ElseOfTheVariable_ElseOfTheMachine()
    {
        _cli.ConfigurationFile = _folder.Write("machine.yaml", "store: /machine"u8.ToArray());
        Assert.Equal("/machine", await StoreAsync(null));
        _cli.Variables["WAYBILL_CONFIG"] = _folder.Write("variable.yaml", "store: /variable"u8.ToArray());
        Assert.Equal("/variable", await StoreAsync(null));
        Assert.Equal("/option", await StoreAsync(_folder.Write("option.yaml", "store: /option"u8.ToArray())));

        async Task<string> StoreAsync(string? option) =>
            (await ConfigurationFiles.LoadAsync(new EngineRequest(option, null, null), Console(), CancellationToken.None)).StoreDirectory;
    }

    private async Task<WaybillConfiguration> LoadAsync(string text)
    {
        await System.IO.File.WriteAllBytesAsync(File, Encoding.UTF8.GetBytes(text));
        return await ConfigurationFiles.LoadAsync(new EngineRequest(File, null, null), Console(), CancellationToken.None);
    }

    private CliConsole Console() => _cli.ToConsole(TextWriter.Null, TextWriter.Null);

    [GeneratedRegex(@"^\| `([A-Za-z]+)` \|")]
    private static partial Regex SettingRow();

    private const string Everything = """
        store: store
        state: /var/lib/waybill
        codec: zstd
        providers:
          disks: {type: local, pool: /srv/pool, volumes: {db: /dev/vg/db, share: /srv/share}}
        quiescers:
          frozen: {type: freeze, mounts: [/srv]}
          hooks: {type: command, before: [/bin/true, x], after: [/bin/true], timeout: 5s, directory: /, environment: {A: b}, level: filesystem}
          pg: {type: postgres, fileSystems: frozen, host: /run/pg, port: 5433, database: shop, user: backup, passwordFile: pgpass, psql: /usr/bin/psql, environment: {PGSSLMODE: require}}
          pg-backup: {type: postgres, mode: backup, labels: labels, waitForArchive: false, host: /run/pg}
          all: {type: all-of, members: [hooks, pg], arrangement: layers}
        applications:
          shop:
            id: 0123456789abcdef0123456789abcdef
            cluster: prod
            namespace: store
            volumes:
              data: {provider: disks, volume: db, changes: compare, claim: store/data, storageClass: fast}
            resources: [k8s]
            tags: {team: sales}
            publicTags: {site: north}
            quiescer: all
            policy: {consistency: filesystem, writeOrder: true, quiesceOptional: true, quiesceDeadline: 10s, selfCheck: 0.5, compareEvery: 7, verify: false, parallel: 2, retryLimit: 2m}
        encryption: {recipients: [a.pub], dataRecipients: [b.pub], metadataRecipients: [c.pub], presharedKeys: [psk], publicTags: true}
        keys: {read: [vault.key], presharedKeys: [psk], sign: [sign.key], timestampAuthority: "http://time.example/", passphraseFile: pass}
        trust: {keys: [a.pub, b.pub], roots: [root.pem], timestampRoots: [time.pem], threshold: 2}
        """;
}
