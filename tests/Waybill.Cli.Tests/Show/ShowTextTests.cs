using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Cli.Json;
using Waybill.Cli.Show;

namespace Waybill.Cli.Tests.Show;

public class ShowTextTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public void Write_FullBundleOfAnApplication_TellsAllAtAGlance() => GoldenFile.AssertEqual("show-full.txt", Show(Full()));

    [Fact]
    public void Write_IncrementalBundle_SaysWhatItNeeds() => GoldenFile.AssertEqual("show-incremental.txt", Show(Full() with
    {
        Parent = new ParentLink(BundleId.Parse("0f0e0d0c0b0a09080706050403020100"), Digest.Of("parent"u8)),
        Lineage = new Lineage(LineageId.Parse("11111111111111111111111111111111"), 3),
        Streams =
        [
            Stream(0, StreamKind.BlockVolume, "data", 10L << 30) with
            {
                ParentRoot = Digest.Of("root"u8),
                ParentLength = 10L << 30,
                DataBytes = 12 << 20,
                StoredBytes = 4 << 20,
                Change = new ChangeReport(ChangeKind.ChangedRanges) { ReportedRanges = 1234 },
            },
            Stream(1, StreamKind.BlockVolume, "log", 1L << 30) with { Change = new ChangeReport(ChangeKind.FullRead), DataBytes = 1 << 30 },
        ],
        Groups = [],
        Tags = [],
    }, []));

    [Fact]
    public void Write_BundleWithoutAnything_SaysSo() => GoldenFile.AssertEqual("show-empty.txt", Show(Full() with
    {
        Application = new ApplicationIdentity(AppId.Parse("22222222222222222222222222222222"), "nothing"),
        Streams = [],
        Groups = [],
        Tags = [],
    }, []));

    [Fact]
    public void Write_HostileNames_PrintsNothingThatATerminalObeys()
    {
        const string Evil = "a\u001b[2Jb\u202Ec\nd";
        BundleManifest manifest = Full() with
        {
            Application = new ApplicationIdentity(AppId.New(), Evil)
            {
                Origin = new Origin { Platform = Evil, ClusterId = Evil, ClusterName = Evil, Namespace = Evil, NamespaceUid = Evil, Kind = Evil, Uid = Evil, Host = Evil },
            },
            Writer = new WriterIdentity(Evil, Evil, Evil),
            Lineage = new Lineage(LineageId.New(), 1) { ForkedFrom = LineageId.New(), ForkReason = Evil },
            Streams =
            [
                Stream(0, StreamKind.BlockVolume, Evil, 1) with
                {
                    Volume = new VolumeFacts { PlatformHandle = Evil, StorageClass = Evil, Claim = Evil, FileSystem = Evil, Provider = Evil },
                },
            ],
            Groups = [new ConsistencyGroup(new ConsistencyEvidence(ConsistencyLevel.Crash) { Mechanism = Evil }, [0])],
            Tags = [new Tag(Evil, new TagValue.Text(Evil)) { SourceReference = Evil }, new Tag(Evil, new TagValue.TextList([Evil]))],
        };

        string text = Show(manifest, [new ResourceJson(Evil, Evil, Evil, Evil, Evil, false, 1, [])], file: Evil);

        Assert.DoesNotContain(text, c => (char.IsControl(c) && c != '\n') || c == '\u202E');
        Assert.DoesNotContain("c\nd", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ManyTagsAndObjects_SaysHowManyMore()
    {
        BundleManifest manifest = Full() with
        {
            Tags = [.. Enumerable.Range(0, 150).Select(i => new Tag($"k{i}", new TagValue.Text(new string('v', 100)), TagSource.Label)), Tag.User("mine", "1")],
        };

        string text = Show(manifest, [.. Enumerable.Range(0, 50).Select(i => new ResourceJson("v1", "Pod", "ns", $"p{i}", null, false, 1, []))]);

        Assert.Contains("and 51 more; --json lists them", text, StringComparison.Ordinal);
        Assert.Contains("and 10 more; --json lists them", text, StringComparison.Ordinal);
        Assert.Contains("mine = 1", text, StringComparison.Ordinal);
        Assert.Contains(new string('v', 77) + "...", text, StringComparison.Ordinal);
    }

    private static string Show(BundleManifest manifest, ResourceJson[]? resources = null, string file = "shop.waybill")
    {
        using var output = new StringWriter { NewLine = "\n" };
        var report = new ShowReport
        {
            File = file,
            FileBytes = 123_456_789,
            Complete = true,
            Problem = null,
            Bundle = BundleJson.Of(manifest),
            Resources = resources ??
            [
                new ResourceJson("v1", "Namespace", null, "shop", null, false, 100, []),
                new ResourceJson("v1", "PersistentVolumeClaim", "shop", "data", null, false, 100, []),
                new ResourceJson("v1", "Secret", "shop", "login", null, true, 100, []),
                new ResourceJson("apps/v1", "Deployment", "shop", "web", null, false, 100, []),
                new ResourceJson("apps/v1", "Deployment", "shop", "api", null, false, 100, []),
            ],
        };
        ShowText.Write(output, manifest, report, s_now);
        return output.ToString();
    }

    private static BundleManifest Full() => new()
    {
        Id = BundleId.Parse("000102030405060708090a0b0c0d0e0f"),
        Digest = Digest.Of("manifest"u8),
        Created = Timestamp.From(s_now.AddDays(-3).AddMinutes(-5)),
        Writer = new WriterIdentity("Waybill", "0.1.0", "default"),
        Application = new ApplicationIdentity(AppId.Parse("33333333333333333333333333333333"), "shop")
        {
            Origin = new Origin { Platform = "kubernetes", ClusterName = "prod-eu", ClusterId = "5f2c", Namespace = "shop", Kind = "Deployment" },
        },
        Lineage = new Lineage(LineageId.Parse("11111111111111111111111111111111"), 0),
        Streams =
        [
            Stream(0, StreamKind.Resources, "resources", 4000) with { EntryCount = 4 },
            Stream(1, StreamKind.Secrets, "secrets", 300) with { EntryCount = 1 },
            Stream(2, StreamKind.BlockVolume, "data", 10L << 30) with
            {
                DataBytes = 3L << 30,
                StoredBytes = 2L << 30,
                Volume = new VolumeFacts { FileSystem = "ext4", Claim = "shop/data" },
            },
            Stream(3, StreamKind.FileMeta, "share", 90_000) with { EntryCount = 1234, GapCount = 2, StoredBytes = 40_000 },
            Stream(4, StreamKind.FileData, "share", 700_000) with { DataBytes = 690_000, StoredBytes = 300_000 },
            Stream(5, StreamKind.Bytes, "dump.sql", 5_000_000) with { DataBytes = 5_000_000, StoredBytes = 1_000_000 },
        ],
        Groups =
        [
            new ConsistencyGroup(
                new ConsistencyEvidence(ConsistencyLevel.Application) { Mechanism = "fsfreeze", WriteOrderFidelity = true, Hooks = [new HookResult("pg", 0)] },
                [2, 3, 4]),
        ],
        Tags =
        [
            new Tag("app", new TagValue.Text("web"), TagSource.Label) { SourceReference = "apps/v1/Deployment/shop/web" },
            new Tag("password", new TagValue.Text("hunter2")) { Sensitivity = TagSensitivity.Secret },
            Tag.User("ticket", "OPS-7"),
        ],
    };

    private static StreamInfo Stream(int number, StreamKind kind, string name, long length) => new()
    {
        Number = number,
        Id = new StreamId(new byte[16]),
        Kind = kind,
        Name = name,
        BlockSize = 4096,
        CellSize = 1 << 20,
        VirtualLength = length,
        LeafCount = 1,
        Root = Digest.Of("root"u8),
    };
}
