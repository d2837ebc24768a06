using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Vectors.Images;
using Waybill.Vectors.Keys;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using static Waybill.Vectors.Cases.SealedSamples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Encrypted bundles.</summary>
internal static class GoodSealing
{
    public static Vector[] All { get; } = [.. Envelopes(), .. Scopes(), .. Records(), .. Chains()];

    private static Vector[] Envelopes() =>
    [
        For("sealed-aes-gcm", "Sealed with AES-256-GCM, opened by a pre-shared key.", ["E-05", "E-04", "E-10", "E-12"], [Recipients.PskKey], Recipients.Psk()),
        Sealed("sealed-chacha20", "Sealed with ChaCha20-Poly1305.", ["E-05"], n => Small(n, SealSuite.ChaCha20Poly1305, Recipients.Psk()), Recipients.PskKey),
        For("recipient-p256", "For the owner of a P-256 key.", ["E-08"], [Recipients.PointKey], Recipients.Hpke(Recipients.Point)),
        For("recipient-rsa", "For the owner of an RSA key.", ["E-08"], [Recipients.RsaKey], Recipients.Rsa()),
        For("recipient-passphrase", "For whoever knows the passphrase, with the fewest rounds that are allowed.", ["E-09"], [Recipients.PassphraseKey], Recipients.Pbkdf2()),
        For("recipients-several", "For a P-256 key, an RSA key and a pre-shared key; the RSA key opens.", ["E-06"], [Recipients.RsaKey],
            Recipients.Hpke(Recipients.Point), Recipients.Rsa(), Recipients.Psk()),
        For("recipients-unknown", "Recipients of types that no reader knows, with nonsense in their fields, around one that is known.", ["E-06"], [Recipients.PskKey],
            Recipients.Unknown(), Recipients.Psk(), Recipients.Unknown(uint.MaxValue, 0), Recipients.Unknown(0)),
        For("recipients-passed-over", "Recipients that do not open: a body cut short, a point that is none, a key service.", ["E-06", "E-08"], [Recipients.PskKey, Recipients.PointKey],
            Changed(Recipients.Psk(), b => b[..^1]), Changed(Recipients.Hpke(Recipients.Point), b => [.. b[..64], (byte)(b[64] ^ 1), .. b[65..]]),
            _ => new Wire.Recipient { Type = 5, Scopes = 7, Body = ByteString.CopyFrom([3, 0, .. "key"u8, 1, 2, 3]) }, Recipients.Psk()),
        For("recipients-not-bound", "A recipient whose key block was wrapped for other scopes, and the same key's own one.", ["E-08"], [Recipients.PskKey],
            Rescoped(Recipients.Psk(KeyScopes.Metadata), KeyScopes.Data), Recipients.Psk()),
        Changed("recipients-64", "As many recipients as there may be; the last one opens.", ["E-06"], i =>
        {
            i.Sealing!.Recipients.InsertRange(0, Enumerable.Repeat(Recipients.Psk(KeyScopes.All, DataSecret), 63));
            i.Sealing.EnvelopeLength = 8192;
        }),
        Changed("envelope-full", "An envelope without a byte to spare.", ["E-01"], i =>
        {
            i.Sealing!.EditEnvelope = e =>
            {
                var filler = new Wire.Recipient { Type = 99 };
                e.Recipients.Add(filler);
                for (int length = 0; e.CalculateSize() < BundleFormat.MinEnvelopeLength - 8 - Digest.Size; length++)
                {
                    filler.Body = ByteString.CopyFrom(new byte[length]);
                }
            };
        }),
        Changed("envelope-8192", "An envelope with room to spare.", ["E-01"], i => i.Sealing!.EnvelopeLength = 8192),
        Changed("envelope-odd", "An envelope of 4 097 bytes.", ["E-01"], i => i.Sealing!.EnvelopeLength = 4097),
        Changed("envelope-largest", "The largest envelope.", ["E-01"], i => i.Sealing!.EnvelopeLength = BundleFormat.MaxEnvelopeLength),
        Changed("envelope-key-id", "A key id that hints at nothing.", ["E-06"], i => i.Sealing!.EditEnvelope = e => e.Recipients[0].KeyId = ByteString.CopyFrom(1, 2, 3)),
        Sealed("public-tags", "Public tags in the clear, in the order of the manifest; one public tag and one that is not are not shown.", ["E-07"], n => Tagged(n, t => t.RemoveAt(1)), Recipients.PskKey),
        Sealed("sealed-schema", "SCHEMA is sealed; FEATURE_NAMES, which names three features, is not.", ["E-10", "F-03"], n =>
        {
            BundleSketch bundle = Begin(n, SealSuite.AesGcm, [Recipients.Psk()], features: new Features(Features.Zstd, 0, Features.Schema));
            Fill(bundle);
            return bundle.Finish();
        }, Recipients.PskKey),
    ];

    private static Vector[] Scopes() =>
    [
        Scoped("sealed-every-kind", "A stream of every kind, each under the key of its scope; the first Secret is blinded.", ["E-11", "E-14"], KeyScopes.All, Recipients.PskKey),
        Scoped("scopes-data", "The same kinds with a key that opens no Secrets.", ["E-04", "E-11"], KeyScopes.Data, DataKey),
        Scoped("scopes-metadata", "The same kinds with a key that opens metadata only.", ["E-04", "E-11"], KeyScopes.Metadata, MetaKey),
        Scoped("scopes-best", "Of several keys the one counts that opens most.", ["E-06"], KeyScopes.Data, MetaKey, WrongKey, DataKey),
    ];

    private static Vector[] Records() =>
    [
        Changed("sealed-runs", "A writer that began anew twice: each of its runs has its own salt.", ["E-13"], i => Runs(i)),
        Changed("sealed-run-empty", "A run of the writer that wrote no record that is sealed.", ["E-13"], i =>
            i.Sealing!.Runs.AddRange([(Sequence(i, RecordType.Pad), ImageSealing.Salt(2)), (Sequence(i, RecordType.Pad) + 1, ImageSealing.Salt(3))])),
        Changed("sealed-pad-and-unknown", "PAD, and records of unknown types, sealed or not: nobody opens them.", ["E-10", "F-19"], i =>
        {
            i.InsertAfter(i.Find(RecordType.Prologue), new ImageRecord((RecordType)0x3F, [1, 2, 3]));
            i.InsertBefore(i.Find(RecordType.Tile), new ImageRecord((RecordType)0x3F, [1, 2, 3]) { IsSealed = true });
            i.InsertBefore(i.Find(RecordType.Tile), new ImageRecord((RecordType)0x81, [1, 2, 3]) { Flags = RecordFlags.Encrypted });
            i.InsertBefore(i.Find(RecordType.StreamEnd), new ImageRecord(RecordType.Pad, new byte[100]));
        }),
        Changed("sealed-flags-ignorable", "The flags 6 and 7 on every record.", ["F-18", "E-11"], i => i.Records.ForEach(r => r.Flags |= RecordFlags.ReservedIgnorable)),
        Changed("sealed-checkpoint", "A checkpoint, sealed.", ["E-10", "F-02"], i => i.InsertAfter(i.Find(RecordType.Chunk), new ImageRecord(RecordType.Checkpoint, Checkpoint()))),
        Changed("sealed-checkpoint-damaged", "A checkpoint that does not open: it is an aid, its damage makes no bundle invalid.", ["E-10", "F-02"], i =>
            i.InsertAfter(i.Find(RecordType.Chunk), new ImageRecord(RecordType.Checkpoint, Checkpoint()).PatchSealed(p => p[^1] ^= 1))),
        Changed("sealed-checkpoint-crc", "A checkpoint with a flipped bit.", ["F-02"], i =>
            i.InsertAfter(i.Find(RecordType.Chunk), new ImageRecord(RecordType.Checkpoint, Checkpoint()) { Damage = r => r[^20] ^= 4 })),
        Changed("sealed-stored-root", "The trailer of an encrypted bundle states the stored root.", ["S-06", "F-26"], i => i.HasStoredRoot = true),
        Good("stored-root", "The trailer states the stored root.", ["S-06", "F-26"], n =>
        {
            var bundle = new BundleSketch(n);
            bundle.Image.HasStoredRoot = true;
            bundle.Volume("data", Pattern.Cell("x", 5000));
            return bundle.Finish();
        }),
    ];

    private static Vector[] Chains() =>
    [
        Sealed("sealed-full", "An encrypted bundle that another builds on.", ["E-10"], n => Full(n), Recipients.PskKey),
        Sealed("sealed-second", "An incremental bundle under another file key and for another recipient than its parent.", ["E-10", "I-02"], n => Second(n, Full("sealed-full")), Recipients.PskKey, Recipients.PointKey)
            with { Parents = ["sealed-full"] },
        Sealed("sealed-on-plain", "An encrypted bundle whose parent is not encrypted.", ["I-01"], n => Second(n, Full("plain-below-sealed", sealedToo: false)), Recipients.PointKey)
            with { Parents = ["plain-below-sealed"] },
        Good("plain-below-sealed", "The plain bundle that sealed-on-plain builds on.", ["I-01"], n => Full(n, sealedToo: false)),
        Sealed("sealed-nodes", "Three hundred leaves: sealed tiles and a node above them, which state lengths as stored.", ["M-24", "E-10"], n =>
        {
            BundleSketch bundle = Begin(n, SealSuite.AesGcm, [Recipients.Psk()], Full("sealed-full"));
            bundle.Begin("data").Runs([.. Enumerable.Range(0, 300).Select(i => (i % 2 == 0 ? LeafState.Zero : LeafState.Inherit, (long)Block))]).End();
            return bundle.Finish();
        }, Recipients.PskKey) with { Parents = ["sealed-full"] },
    ];

    /// <summary>The small sample whose envelope shows tags; they can be changed before the bundle is laid out.</summary>
    public static BundleSketch Tagged(string name, Action<IList<Wire.Tag>> show)
    {
        BundleSketch bundle = Begin(name, SealSuite.AesGcm, [Recipients.Psk()]);
        Wire.Tag[] tags = [Tag("app", "shop", Wire.Sensitivity.Public), Tag("team", "web", Wire.Sensitivity.Public), Tag("tier", "gold", Wire.Sensitivity.Public), Tag("who", "alice", default)];
        bundle.Describe(p => p.Tags.Add(tags));
        bundle.Image.Sealing!.PublicTags.AddRange(tags[..3].Select(t => t.Clone()));
        show(bundle.Image.Sealing.PublicTags);
        Fill(bundle);
        return bundle.Finish();
    }

    /// <summary>Makes the writer begin anew twice.</summary>
    public static void Runs(BundleImage image) =>
        image.Sealing!.Runs.AddRange([(Sequence(image, RecordType.Chunk, 1), ImageSealing.Salt(2)), (Sequence(image, RecordType.Manifest), ImageSealing.Salt(3))]);

    /// <summary>Gets the sequence number of a record.</summary>
    public static long Sequence(BundleImage image, RecordType type, int index = 0) => image.Records.IndexOf(image.Find(type, index));

    public static Vector Sealed(string name, string about, string[] spec, Func<string, BundleSketch> make, params VectorKey[] keys) =>
        Good(name, about, spec, make) with { Keys = keys, Make = () => VectorBundle.From(make(name)) };

    private static Wire.Tag Tag(string key, string text, Wire.Sensitivity sensitivity) => new() { Key = key, Text = text, Source = (Wire.TagSource)1, Sensitivity = sensitivity };

    private static Vector For(string name, string about, string[] spec, VectorKey[] keys, params Func<BundleKeys, Wire.Recipient>[] recipients) =>
        Sealed(name, about, spec, n => Small(n, SealSuite.AesGcm, recipients), keys) with { Scopes = KeyScopes.All };

    private static Vector Scoped(string name, string about, string[] spec, KeyScopes scopes, params VectorKey[] keys) =>
        new("v1", name, about, spec, () => VectorBundle.From(Rich(name), scopes: scopes)) { Keys = keys, Scopes = scopes };

    private static Vector Changed(string name, string about, string[] spec, Action<BundleImage> change) =>
        new("v1", name, about, spec, () =>
        {
            BundleSketch sketch = SealedSamples.Small(name);
            change(sketch.Image);
            return VectorBundle.From(sketch) with { Bytes = sketch.Image.ToBytes() };
        })
        {
            Keys = [Recipients.PskKey],
        };

    private static BundleSketch Full(string name, bool sealedToo = true)
    {
        BundleSketch bundle = sealedToo ? Begin(name, SealSuite.AesGcm, [Recipients.Psk()]) : new BundleSketch(name);
        Lz4Block cell = Lz4Block.Fill("full");
        bundle.Begin("data").Data(cell.Decoded, BundleCodec.Lz4, cell.Encoded).Zero(Cell).Data(Pattern.Cell("end", 22_528)).End();
        return bundle.Finish();
    }

    private static BundleSketch Second(string name, BundleSketch parent)
    {
        BundleSketch bundle = Begin(name, SealSuite.ChaCha20Poly1305, [Recipients.Hpke(Recipients.Point)], parent);
        bundle.Begin("data").Masked("i1 d1 z1 i125", Pattern.Cell("second", Block)).Inherit((2 * Cell) + 22_528 - Cell).End();
        return bundle.Finish();
    }

    private static Func<BundleKeys, Wire.Recipient> Changed(Func<BundleKeys, Wire.Recipient> recipient, Func<byte[], byte[]> body) => keys =>
    {
        Wire.Recipient made = recipient(keys);
        made.Body = ByteString.CopyFrom(body(made.Body.ToByteArray()));
        return made;
    };

    private static Func<BundleKeys, Wire.Recipient> Rescoped(Func<BundleKeys, Wire.Recipient> recipient, KeyScopes scopes) => keys =>
    {
        Wire.Recipient made = recipient(keys);
        made.Scopes = (uint)scopes;
        return made;
    };

    private static byte[] Checkpoint() => new Wire.Checkpoint
    {
        Streams = { new Wire.CheckpointStream { StreamNo = 0, Position = Cell, LeafCount = 1, Frontier = { ByteString.CopyFrom(new byte[32]) } } },
    }.ToByteArray();
}
