using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>What a bundle can say of itself.</summary>
internal static class GoodManifest
{
    public static Vector[] All { get; } =
    [
        Described("tags", "Tags of every type and source, in order; the same key from several sources.", ["D-01", "D-04"], p => p.Tags.Add(EveryTag())),
        Described("tags-order", "Tags whose order as UTF-8 bytes differs from their order as UTF-16.", ["D-04"], p => p.Tags.Add(
            [Text("a", 1), Text("a", 2), Text("a", 2, "x"), Text("a", 2, "y"), Text("ab", 1), Text("\uFFFD", 1), Text("\U0001F600", 1)])),
        Described("tag-largest", "A key of 512 bytes and a value of 64 KiB.", ["L-01"], p => p.Tags.Add(new Wire.Tag { Key = new string('k', 512), Text = new string('v', 65_536), Source = (Wire.TagSource)1 })),
        Good("tags-in-manifest-only", "Tags that were not yet known when the prologue was written.", ["D-01"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Image.Manifest.Tags.Add(EveryTag());
            return bundle.Finish();
        }),
        Described("times-past", "A bundle from the year 1 and from before 1970, and the last nanosecond of a second.", ["D-10"], p =>
        {
            p.Created = new Wire.Time { Seconds = -62_135_596_800, Nanos = 999_999_999 };
            p.Tags.Add(new Wire.Tag { Key = "t", Time = new Wire.Time { Seconds = -1, Nanos = 1 }, Source = (Wire.TagSource)1 });
        }),
        Described("times-future", "Times beyond 2038, 2106, 2262 and 9999.", ["D-10"], p =>
        {
            p.Created = new Wire.Time { Seconds = 253_402_300_800 };
            long[] seconds = [1L << 31, 1L << 32, 9_223_372_037, long.MaxValue, long.MinValue];
            p.Tags.Add(seconds.Select((s, i) => new Wire.Tag { Key = $"t{i}", Time = new Wire.Time { Seconds = s }, Source = (Wire.TagSource)1 }));
        }),
        Described("identity-bare", "An application without a name, an origin or anything else that is optional.", ["D-01"], p =>
        {
            p.Application = new Wire.Application { Id = p.Application.Id };
            p.Writer = new Wire.WriterInfo();
        }),
        Described("identity-full", "Every field of the origin, in many scripts.", ["D-01", "D-06"], p => p.Application = new Wire.Application
        {
            Id = p.Application.Id,
            Name = "магазин 店 🛒",
            Origin = new Wire.Origin
            {
                Platform = "kubernetes", ClusterId = "0b6e", ClusterName = "östlich", Namespace = "shop", NamespaceUid = "1c2d",
                Kind = "StatefulSet", Uid = "5e6f", Host = "node-17.example",
            },
        }),
        Described("lineage-forked", "A lineage that was forked from another one.", ["D-01"], p => p.Lineage = new Wire.Lineage
        {
            Id = ByteString.CopyFrom(Pattern.Fill(16, 0x22)),
            ForkedFromLineage = ByteString.CopyFrom(Pattern.Fill(16, 0x11)),
            ForkedFromBundle = ByteString.CopyFrom(Pattern.Fill(16, 0x33)),
            ForkReason = "restored elsewhere",
        }),
        Good("groups", "Consistency groups of every level, one with hooks as evidence, one without streams.", ["D-05"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Volume("one", [1]);
            bundle.Volume("two", [2]);
            var time = new Wire.Time { Seconds = 1_767_225_000, Nanos = 1 };
            for (int level = 0; level <= 4; level++)
            {
                var group = new Wire.ConsistencyGroup { Level = (Wire.ConsistencyLevel)level, Mechanism = $"mechanism {level}", ExternalId = $"group-{level}", Earliest = time, Latest = time, WriteOrderFidelity = level > 1 };
                group.StreamNumbers.Add(level == 1 ? [] : level % 2 == 0 ? [0, 1] : [1]);
                group.Hooks.Add([new Wire.HookResult { Name = "freeze", ExitCode = 0, Started = time, Finished = time }, new Wire.HookResult { Name = "other", ExitCode = -1 }]);
                bundle.Image.Manifest.Groups.Add(group);
            }

            return bundle.Finish();
        }),
        Good("stream-facts", "Everything a manifest can say of a volume.", ["D-02"], name =>
        {
            var bundle = new BundleSketch(name);
            StreamSketch stream = bundle.Volume("data", [1, 2, 3]);
            stream.ManifestEntry.Change = new Wire.ChangeSource
            {
                Kind = Wire.ChangeKind.HashCompare, Provider = "p", BaseHandle = "b", TargetHandle = "t", ReportedRanges = 7, ReportedBytes = 1UL << 40, Reason = "no change tracking",
                ChangeId = "52 de 8f/7",
            };
            stream.ManifestEntry.Volume = new Wire.VolumeInfo { PlatformHandle = "vol-1", StorageClass = "fast", Claim = "shop/data", FileSystem = "ext4", Provider = "p" };
            stream.ManifestEntry.Volume.Capabilities.Add(["shape=list-and-read", "granularity=4096"]);
            return bundle.Finish();
        }),
        Good("stream-names", "Names of streams: 255 bytes, spaces, dots, other scripts; the same name for streams of two kinds.", ["D-03", "R-13"], name =>
        {
            var bundle = new BundleSketch(name);
            string[] names = ["...", " ", "a b", "-", "CON", "данные", "🚢", new string('n', 255), "e\u0301", "\u00E9", "\u202Etxt"];
            foreach (string stream in names)
            {
                bundle.Volume(stream, [1]);
            }

            bundle.Volume("...", [2], StreamKind.Bytes);
            return bundle.Finish();
        }),
        Good("bytes-stream", "A stream of plain bytes, such as a database dump.", ["M-07"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Volume("dump", "INSERT INTO orders VALUES (1);\n"u8.ToArray(), StreamKind.Bytes);
            return bundle.Finish();
        }),
        Good("content-root-of-full", "A full stream that states its content root, which is its own root.", ["M-30"], name =>
        {
            var bundle = new BundleSketch(name);
            StreamSketch stream = bundle.Volume("data", Pattern.Cell("x", 1000));
            stream.EndRecord.ContentRoot = new Digest(Plain().Streams[0].Result.StreamRoot.Span);
            return bundle.Finish();

            static BundleSketch Plain()
            {
                var plain = new BundleSketch("plain");
                plain.Volume("data", Pattern.Cell("x", 1000));
                return plain.Finish();
            }
        }),
        Good("root-without-codec", "The same content as the vector small, compressed and in two streams: the same roots.", ["M-29"], name =>
        {
            var bundle = new BundleSketch(name);
            for (int i = 0; i < 2; i++)
            {
                StreamSketch stream = bundle.Begin($"data{i}");
                Lz4Block a = Lz4Block.Fill("A");
                stream.Data(Pattern.Cell("A"), BundleCodec.Lz4, a.Encoded).Zero(2 * Cell).Data(Pattern.Cell("B")).Data(Pattern.Cell("C", 1000)).End();
            }

            return bundle.Finish();
        }),
    ];

    private static Vector Described(string name, string about, string[] spec, Action<Wire.Prologue> change) =>
        Good(name, about, spec, n => new BundleSketch(n).Describe(change).Finish());

    private static Wire.Tag Text(string key, int source, string reference = "") =>
        new() { Key = key, Text = "v", Source = (Wire.TagSource)source, SourceRef = reference };

    private static IEnumerable<Wire.Tag> EveryTag()
    {
        for (int source = 0; source <= 8; source++)
        {
            yield return new Wire.Tag
            {
                Key = "app", Text = $"from {source}", Source = (Wire.TagSource)source, SourceRef = "apps/v1/Deployment/shop/web",
                Observed = new Wire.Time { Seconds = 1_767_225_000 }, Sensitivity = (Wire.Sensitivity)(source % 3),
            };
        }

        yield return new Wire.Tag { Key = "boolean", Boolean = false, Source = (Wire.TagSource)1 };
        yield return new Wire.Tag { Key = "bytes", Raw = ByteString.CopyFrom(0, 255, 128), Source = (Wire.TagSource)1 };
        yield return new Wire.Tag { Key = "empty", Text = "", Source = (Wire.TagSource)1 };
        yield return new Wire.Tag { Key = "integer", Integer = long.MinValue, Source = (Wire.TagSource)1 };
        yield return new Wire.Tag { Key = "list", List = new Wire.TextList { Values = { "one", "", "three" } }, Source = (Wire.TagSource)1 };
        yield return new Wire.Tag { Key = "list-empty", List = new Wire.TextList(), Source = (Wire.TagSource)1 };
        yield return new Wire.Tag { Key = "time", Time = new Wire.Time { Seconds = 1, Nanos = 2 }, Source = (Wire.TagSource)1 };
    }
}
