using System.Globalization;
using System.Text;
using Waybill.Bundles;
using Waybill.Catalog.Storage;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>
/// Applications that never were, the same at each run: ten points each, twenty tags a point of which three differ from point to point, five hundred files of which one in fifty changes.
/// </summary>
internal static class Fleet
{
    public const int PointsPerApplication = 10;
    public const int TagsPerPoint = 20;
    public const int FilesPerApplication = 500;

    private static readonly string[] s_words =
    [
        "orders", "invoice", "ledger", "catalog", "payment", "shipping", "search", "profile", "session", "metrics", "archive", "report", "gateway", "billing", "stock", "mail",
    ];

    private static readonly Timestamp s_start = new(1_700_000_000, 0);

    public static AppId IdOf(int application) => new(Bytes(1, application, 0));

    public static string NameOf(int application) => string.Create(CultureInfo.InvariantCulture, $"{s_words[application % 16]}-{s_words[application / 16 % 16]}-{application:D6}");

    /// <summary>Gets where a bundle lies.</summary>
    public static CopyRow CopyOf(BundleManifest manifest) => new("/store", $"{manifest.Application.Name}-{manifest.Id}.waybill", 1 << 27) { Manifest = manifest };

    /// <summary>Tells whether the names of files are read at a point: at the first and the last one.</summary>
    public static bool HasFiles(int number) => number is 0 or PointsPerApplication - 1;

    public static BundleManifest Point(int application, int number)
    {
        string name = NameOf(application);
        string cluster = string.Create(CultureInfo.InvariantCulture, $"cluster-{application % 40:D2}");
        string space = string.Create(CultureInfo.InvariantCulture, $"team-{application % 900:D3}");
        var id = new BundleId(Bytes(2, application, number));
        return new BundleManifest
        {
            Id = id,
            Digest = new Digest([.. Bytes(3, application, number), .. Bytes(4, application, number)]),
            Created = new Timestamp(s_start.Seconds + (application % 86_400) + (number * 86_400L), 0),
            Writer = new WriterIdentity("bench", "1", "default"),
            Application = new ApplicationIdentity(IdOf(application), name)
            {
                Origin = new Origin { Platform = "kubernetes", ClusterId = "id-of-" + cluster, ClusterName = cluster, Namespace = space, Kind = "Deployment", Uid = Convert.ToHexStringLower(Bytes(5, application, 0)), Host = Number("node", application % 3_000) },
            },
            Lineage = new Lineage(new LineageId(Bytes(6, application, 0)), number),
            Parent = number == 0 ? null : new ParentLink(new BundleId(Bytes(2, application, number - 1)), new Digest([.. Bytes(3, application, number - 1), .. Bytes(4, application, number - 1)])),
            Streams =
            [
                Stream(application, 0, StreamKind.BlockVolume, "data", new VolumeFacts { Provider = "array", PlatformHandle = Number("pvc", application), Claim = $"{space}/data", StorageClass = "fast" }),
                Stream(application, 1, StreamKind.FileData, "share", null),
                Stream(application, 2, StreamKind.FileMeta, "share", null),
            ],
            Tags = [.. Tags(application, number, name, space)],
        };
    }

    public static IEnumerable<FileTreeEntry> Files(int application, int number)
    {
        for (int i = 0; i < FilesPerApplication; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"{s_words[i % 16]}/{2000 + (i % 25)}/{s_words[(i + application) % 16]}-{application:D6}-{i:D4}.dat");
            bool changes = i % 50 == 0;
            yield return new FileTreeEntry { Path = FilePath.FromText(path), Type = FileType.Regular, Size = 1_000 + i + (changes ? number : 0), Modified = new Timestamp(s_start.Seconds + (changes ? number : 0), 0) };
        }
    }

    private static IEnumerable<Tag> Tags(int application, int number, string name, string space)
    {
        const string Deployment = "apps/v1/Deployment/web";
        yield return Label("app.kubernetes.io/name", name);
        yield return Label("app.kubernetes.io/part-of", s_words[application % 16]);
        yield return Label("team", space);
        yield return Label("tier", application % 3 == 0 ? "frontend" : "backend");
        yield return Label("environment", application % 5 == 0 ? "staging" : "production");
        for (int i = 0; i < 12; i++)
        {
            yield return Label(Number("label", i), Number(s_words[i], application / (1 + (i * 40))));
        }

        for (int i = 0; i < TagsPerPoint - 17; i++)
        {
            yield return new Tag(Number("annotation", i), new TagValue.Text(string.Create(CultureInfo.InvariantCulture, $"{name}-revision-{number}-{i}")), TagSource.Annotation) { SourceReference = Deployment };
        }

        static Tag Label(string key, string value) => new(key, new TagValue.Text(value), TagSource.Label) { SourceReference = Deployment };
    }

    private static StreamInfo Stream(int application, int number, StreamKind kind, string name, VolumeFacts? volume) => new()
    {
        Number = number, Id = new StreamId(Bytes(7, application, number)), Kind = kind, Name = name, BlockSize = 4096, CellSize = 1 << 20, VirtualLength = 1L << 34, LeafCount = 1,
        Root = new Digest([.. Bytes(8, application, number), .. Bytes(9, application, number)]), DataBytes = 1 << 28, StoredBytes = 1 << 27, Volume = volume,
    };

    private static string Number(string word, int number) => string.Create(CultureInfo.InvariantCulture, $"{word}-{number}");

    private static byte[] Bytes(int kind, int application, int number) =>
        System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind}/{application}/{number}")))[..16];
}
