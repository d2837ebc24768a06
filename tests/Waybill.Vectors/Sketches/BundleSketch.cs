using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Vectors.Images;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Sketches;

/// <summary>Builds the image of a valid bundle and remembers what its streams must read as.</summary>
internal sealed class BundleSketch
{
    private readonly List<StreamSketch> _streams = [];
    private readonly Wire.Prologue _prologue;
    private readonly ImageRecord _prologueRecord;

    public BundleSketch(string name, BundleSketch? parent = null, Features features = default, SealSuite? suite = null)
    {
        Name = name;
        Parent = parent;
        var id = new BundleId(SHA256.HashData(Encoding.UTF8.GetBytes($"vector {name}")).AsSpan(0, BundleId.Size));
        _prologue = new Wire.Prologue
        {
            BundleId = ByteString.CopyFrom(id.ToByteArray()),
            Created = new Wire.Time { Seconds = 1_767_225_600 + (parent is null ? 0 : 3_600), Nanos = 123_456_789 },
            Writer = new Wire.WriterInfo { Product = "Waybill test vectors", Version = "1", Profile = "reproducible" },
            Application = new Wire.Application
            {
                Id = ByteString.CopyFrom(Repeat(0xA1)),
                Name = "shop",
                Origin = new Wire.Origin { Platform = "kubernetes", ClusterName = "east", Namespace = "shop" },
            },
            Lineage = parent?._prologue.Lineage.Clone() ?? new Wire.Lineage { Id = ByteString.CopyFrom(Repeat(0x11)) },
            Parent = parent is null ? null : new Wire.ParentRef
            {
                BundleId = parent._prologue.BundleId,
                ManifestDigest = ByteString.CopyFrom(parent.Image.ManifestDigest.ToByteArray()),
            },
        };
        _prologue.Lineage.Generation += parent is null ? 0u : 1u;
        features = suite is null ? features : features with { Incompat = features.Incompat | Features.Encrypted };
        Image = new BundleImage { Id = id, Features = features, Manifest = new Wire.Manifest() };
        Add(RecordType.Readme, "A Waybill bundle made to test readers. See docs/spec/bundle-format.md.\n"u8.ToArray());
        if (!features.IsEmpty)
        {
            Add(RecordType.FeatureNames, NameFeatures(features).ToByteArray());
        }

        if (suite is { } chosen)
        {
            byte[] fileKey = SHA256.HashData(Encoding.UTF8.GetBytes($"file key {name}"));
            Image.Sealing = new ImageSealing(BundleKeys.FromFileKey(id, chosen, fileKey));
            Add(RecordType.Envelope, []).IsDerived = true;
        }

        if ((features.Compat & Features.Schema) != 0)
        {
            Add(RecordType.Schema, "// The text of bundle.proto would be here.\n"u8.ToArray());
        }

        _prologueRecord = Add(RecordType.Prologue, []);
    }

    public string Name { get; }

    public BundleSketch? Parent { get; }

    public BundleImage Image { get; }

    public IReadOnlyList<StreamSketch> Streams => _streams;

    /// <summary>Gets the finished bytes once <see cref="Finish"/> was called.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>Changes what the prologue says, and the manifest with it.</summary>
    public BundleSketch Describe(Action<Wire.Prologue> change)
    {
        change(_prologue);
        return this;
    }

    public ImageRecord Add(RecordType type, byte[] payload)
    {
        var record = new ImageRecord(type, payload);
        Image.Records.Add(record);
        return record;
    }

    /// <summary>Begins a stream; against the parent's stream of the same kind and name unless told otherwise.</summary>
    public StreamSketch Begin(
        string name, StreamKind kind = StreamKind.BlockVolume, int blockSize = 512, int cellSize = 65_536, bool standAlone = false)
    {
        bool ofEntries = kind is StreamKind.FileMeta or StreamKind.Resources or StreamKind.Secrets;
        StreamSketch? origin = standAlone || ofEntries ? null : Parent?._streams.Find(s => s.Name == name && s.Kind == kind);
        var stream = new StreamSketch(this, _streams.Count, kind, name, blockSize, cellSize, origin);
        _streams.Add(stream);
        Image.Manifest.Streams.Add(stream.ManifestEntry);
        var begin = new Wire.StreamBegin { Header = stream.Header, BundleId = _prologue.BundleId, Application = _prologue.Application, Created = _prologue.Created };
        Add(RecordType.StreamBegin, begin.ToByteArray());
        return stream;
    }

    /// <summary>Adds a whole volume of given content.</summary>
    public StreamSketch Volume(string name, byte[] content, StreamKind kind = StreamKind.BlockVolume, int blockSize = 512, int cellSize = 65_536) =>
        Begin(name, kind, blockSize, cellSize).Content(content).End();

    /// <summary>Adds what ends a bundle and lays it out.</summary>
    public BundleSketch Finish()
    {
        Seal();
        for (int level = 1; level <= IndexNode.MaxLevel; level++)
        {
            foreach (StreamSketch stream in _streams)
            {
                stream.AddHeldBack(level);
            }
        }

        Add(RecordType.Layout, []);
        Add(RecordType.Manifest, []);
        if (Image.Sealing is not null)
        {
            Add(RecordType.EnvelopeCopy, []).IsDerived = true;
        }

        Bytes = Image.ToBytes();
        foreach (StreamSketch stream in _streams)
        {
            stream.Result = Image.Results[stream.Number];
        }

        return this;
    }

    private void Seal()
    {
        _prologueRecord.Payload = _prologue.ToByteArray();
        Wire.Manifest manifest = Image.Manifest;
        manifest.BundleId = _prologue.BundleId;
        manifest.BlindingSalt = ByteString.CopyFrom(Image.Sealing is null ? new byte[32] : SHA256.HashData(Encoding.UTF8.GetBytes($"blinding {Name}")));
        manifest.Created = _prologue.Created;
        manifest.Writer = _prologue.Writer;
        manifest.Application = _prologue.Application;
        manifest.Lineage = _prologue.Lineage;
        manifest.Parent = _prologue.Parent;
        if (manifest.Tags.Count == 0)
        {
            manifest.Tags.Add(_prologue.Tags);
        }
    }

    private static Wire.FeatureNames NameFeatures(Features features)
    {
        var names = new Wire.FeatureNames();
        foreach ((int word, int bit) in features.SetBits())
        {
            names.Features.Add(new Wire.FeatureName { Word = (uint)word, Bit = (uint)bit, Name = $"FEATURE_{word}_{bit}", Message = "Get a newer reader.", MinimumVersion = "1.0" });
        }

        return names;
    }

    private static byte[] Repeat(byte value) => Pattern.Fill(16, value);
}
