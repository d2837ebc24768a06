using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Vectors.Images;
using Waybill.Vectors.Keys;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.BrokenEnvelopes;
using static Waybill.Vectors.Cases.Case;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Records of encrypted bundles that were changed, moved or sealed as they must not be.</summary>
internal static class BrokenSeals
{
    private static readonly RecordType[] s_sealed =
        [RecordType.Prologue, RecordType.StreamBegin, RecordType.Chunk, RecordType.Runs, RecordType.Tile, RecordType.StreamEnd, RecordType.Layout, RecordType.Manifest];

    public static Vector[] All { get; } = [.. Flips(), .. Scopes(), .. Places(), .. Flags(), .. Runs(), .. Blinding()];

    private static IEnumerable<Vector> Flips() =>
    [
        .. s_sealed.Select(type => Seal($"tag-{Name(type)}", $"A flipped bit in the tag of a {type} record.", i => i.Find(type).PatchSealed(p => p[^1] ^= 0x80))),
        Seal("ciphertext", "A flipped bit in the ciphertext of a chunk.", i => i.Find(RecordType.Chunk).PatchSealed(p => p[60] ^= 1)),
        Seal("salt", "A flipped bit in the run salt of a chunk.", i => i.Find(RecordType.Chunk).PatchSealed(p => p[8] ^= 1)),
        Seal("scope-flipped", "A flipped bit in the scope of a chunk.", i => i.Find(RecordType.Chunk).PatchSealed(p => p[0] ^= 1)),
        Seal("scope-exchanged", "The scope of a chunk changed to that of Secrets.", i => i.Find(RecordType.Chunk).PatchSealed(p => p[0] = 4)),
        Seal("reserved-flipped", "A flipped bit in the reserved field of a seal.", i => i.Find(RecordType.Chunk).PatchSealed(p => p[7] ^= 1)),
        Seal("reserved", "The reserved field of a seal is not zero, and the record opens.", i => i.Find(RecordType.Chunk).EditSeal = p => p[1] = 1),
        Seal("cut", "The last byte of a sealed payload is missing.", i => i.Find(RecordType.Chunk).EditSealed = p => p[..^1]),
        Seal("longer", "A sealed payload with a byte too many.", i => i.Find(RecordType.Chunk).EditSealed = p => [.. p, 0]),
        Seal("short", "A sealed payload of 39 bytes.", i => i.Find(RecordType.Chunk).EditSealed = p => p[..39]),
        Seal("empty", "A sealed record without payload.", i => i.Find(RecordType.Prologue).EditSealed = _ => []),
        Seal("prefix-only", "A sealed payload of 24 bytes.", i => i.Find(RecordType.Manifest).EditSealed = p => p[..24]),
        Seal("header-flags", "A flag of a sealed record changed that readers ignore.", i => i.Find(RecordType.Chunk).EditHeader = h => h[5] |= 0x40),
        Seal("header-type", "A sealed RUNS record made a CHUNK.", i => i.Find(RecordType.Runs).EditHeader = h => h[4] = (byte)RecordType.Chunk),
    ];

    private static Vector[] Scopes() =>
    [
        Seal("prologue-as-data", "PROLOGUE sealed for scope DATA.", i => i.Find(RecordType.Prologue).Scope = SealScope.Data),
        Seal("begin-as-data", "STREAM_BEGIN sealed for scope DATA.", i => i.Find(RecordType.StreamBegin).Scope = SealScope.Data),
        Seal("end-as-data", "STREAM_END sealed for scope DATA.", i => i.Find(RecordType.StreamEnd).Scope = SealScope.Data),
        Seal("layout-as-secret", "LAYOUT sealed for scope SECRET.", i => i.Find(RecordType.Layout).Scope = SealScope.Secret),
        Seal("manifest-as-secret", "MANIFEST sealed for scope SECRET.", i => i.Find(RecordType.Manifest).Scope = SealScope.Secret),
        Seal("chunk-as-meta", "A chunk of a volume sealed for scope META.", i => i.Find(RecordType.Chunk).Scope = SealScope.Meta),
        Seal("chunk-as-secret", "A chunk of a volume sealed for scope SECRET.", i => i.Find(RecordType.Chunk).Scope = SealScope.Secret),
        Seal("runs-as-meta", "Runs of a volume sealed for scope META.", i => i.Find(RecordType.Runs).Scope = SealScope.Meta),
        Seal("tile-as-meta", "A tile of a volume sealed for scope META.", i => i.Find(RecordType.Tile).Scope = SealScope.Meta),
        Seal("scope-0", "Scope 0, and the record opens.", i => i.Find(RecordType.Chunk).EditSeal = p => p[0] = 0),
        Seal("scope-3", "Scope 3, and the record opens.", i => i.Find(RecordType.Chunk).EditSeal = p => p[0] = 3),
        Seal("scope-8", "Scope 8, and the record opens.", i => i.Find(RecordType.Chunk).EditSeal = p => p[0] = 8),
        Rich("resources-as-data", "Definitions sealed for scope DATA.", StreamKind.Resources, SealScope.Data),
        Rich("files-as-data", "The names of files sealed for scope DATA.", StreamKind.FileMeta, SealScope.Data),
        Rich("file-data-as-meta", "The contents of files sealed for scope META.", StreamKind.FileData, SealScope.Meta),
        Rich("bytes-as-meta", "Plain bytes sealed for scope META.", StreamKind.Bytes, SealScope.Meta),
        Rich("secrets-as-meta", "Secrets sealed for scope META.", StreamKind.Secrets, SealScope.Meta),
        Rich("secrets-as-data", "Secrets sealed for scope DATA.", StreamKind.Secrets, SealScope.Data),
    ];

    private static Vector[] Places() =>
    [
        Seal("swapped", "Two chunks of one length are exchanged.", i =>
        {
            ImageRecord one = i.Find(RecordType.Chunk, 1), two = i.Find(RecordType.Chunk, 2);
            (byte[] first, byte[] second) = (one.Stored, two.Stored);
            one.EditSealed = _ => second;
            two.EditSealed = _ => first;
        }),
        Seal("moved", "Someone put padding before a chunk, so that all that follows moved.", i =>
        {
            foreach (ImageRecord record in i.Records.SkipWhile(r => r.Type != RecordType.Chunk).Where(r => RecordHeader.MustBeSealed(r.Type)))
            {
                byte[] stored = record.Stored;
                record.EditSealed = _ => stored;
            }

            i.InsertBefore(i.Find(RecordType.Chunk), new ImageRecord(RecordType.Pad, []));
        }),
        Seal("of-another-bundle", "A chunk of another bundle at the same place.", i =>
        {
            byte[] stored = SealedSamples.Small("another bundle").Image.Find(RecordType.Chunk).Stored;
            i.Find(RecordType.Chunk).EditSealed = _ => stored;
        }),
        Seal("of-an-older-run", "A chunk that was sealed at the same place with the same key, when the bundle was written another time.", i =>
            i.Find(RecordType.Chunk).RunSalt = ImageSealing.Salt(9), "E-13"),
        Seal("of-an-abandoned-run", "A chunk that an earlier run wrote where a later one went on.", i =>
        {
            GoodSealing.Runs(i);
            i.Find(RecordType.Chunk, 2).RunSalt = ImageSealing.Salt(1);
        }, "E-13"),
        Seal("of-a-later-run", "A chunk with the salt of a run that had not begun.", i =>
        {
            GoodSealing.Runs(i);
            i.Find(RecordType.Chunk).RunSalt = ImageSealing.Salt(2);
        }, "E-13"),
        Seal("manifest-of-an-older-run", "MANIFEST with the salt of an earlier run.", i =>
        {
            GoodSealing.Runs(i);
            i.Find(RecordType.Manifest).RunSalt = ImageSealing.Salt(2);
        }, "E-13"),
    ];

    private static IEnumerable<Vector> Flags() =>
    [
        .. ((RecordType[])[RecordType.Readme, RecordType.FeatureNames, RecordType.Envelope, RecordType.Pad, RecordType.EnvelopeCopy]).Select(type =>
            SealedFault($"sealed-{Name(type)}", $"A sealed {type} record.", ["E-10"], "framing_error", i => i.Find(type).IsSealed = true)),
        SealedFault("sealed-signature", "A sealed Signature record.", ["E-10"], "framing_error", i => i.Records.Add(new ImageRecord(RecordType.Signature, []) { IsSealed = true })),
        .. s_sealed.Select(type => SealedFault($"unsealed-{Name(type)}", $"A {type} record that is not sealed.", ["E-10"], "framing_error", i => i.Find(type).IsSealed = false)),
        SealedFault("unsealed-checkpoint", "A Checkpoint record that is not sealed.", ["E-10"], "framing_error", i =>
            i.InsertAfter(i.Find(RecordType.Chunk), new ImageRecord(RecordType.Checkpoint, []) { IsSealed = false })),
        Seal("flag-only", "A chunk that claims to be sealed and is not.", i =>
        {
            i.Find(RecordType.Chunk).IsSealed = false;
            i.Find(RecordType.Chunk).Flags |= RecordFlags.Encrypted;
        }),
        SealedFault("sealed-critical-unknown", "A sealed record of an unknown type that must not be ignored.", ["F-19"], "unsupported_feature", i =>
            i.InsertBefore(i.Find(RecordType.Pad), new ImageRecord((RecordType)0x3F, [1]) { Flags = RecordFlags.Critical, IsSealed = true })),
    ];

    private static Vector[] Runs() =>
    [
        Run("runs-missing", "LAYOUT lists no runs.", l => l.Runs.Clear()),
        Run("runs-first", "The first run does not begin at sequence 0.", l => l.Runs[0].FirstSequence = 1),
        Run("runs-order", "Runs in descending order.", l => (l.Runs[1].FirstSequence, l.Runs[2].FirstSequence) = (l.Runs[2].FirstSequence, l.Runs[1].FirstSequence)),
        Run("runs-twice", "Two runs begin at the same record.", l => l.Runs[2].FirstSequence = l.Runs[1].FirstSequence),
        Run("runs-salt-short", "A run salt of 15 bytes.", l => l.Runs[0].Salt = ByteString.CopyFrom(l.Runs[0].Salt.Span[..15])),
        Run("runs-unlisted", "LAYOUT does not list a run that wrote records.", l => l.Runs.RemoveAt(1)) with { Expect = "not_authentic" },
        Run("runs-salt", "LAYOUT lists another salt than the records bear.", l => l.Runs[1].Salt = ByteString.CopyFrom(ImageSealing.Salt(8))) with { Expect = "not_authentic" },
        Run("runs-4097", "LAYOUT lists 4 097 runs.", l => l.Runs.Add(Enumerable.Range(0, 4094).Select(i => new Wire.Run { FirstSequence = 1_000_000 + (ulong)i, Salt = ByteString.CopyFrom(new byte[16]) })))
            with { Expect = "limit_exceeded" },
        Fault("runs-in-plain", "Runs in a bundle that is not encrypted.", ["E-13"], "manifest_error", i =>
            i.Find(RecordType.Layout).PatchMessage(Wire.Layout.Parser, l => l.Runs.Add(new Wire.Run { Salt = ByteString.CopyFrom(ImageSealing.Salt(1)) }))),
    ];

    private static Vector[] Blinding() =>
    [
        SealedFault("blinding-salt-zero", "The manifest of an encrypted bundle has a salt of zeros.", ["E-14"], "manifest_error", i => i.Manifest.BlindingSalt = ByteString.CopyFrom(new byte[32])),
        Broken("secrets-not-blinded", "The first Secret of an encrypted bundle has no blinding.", ["E-14"], "entry_error", n => SealedSamples.Rich(n, blinded: false), _ => { }) with { Keys = [Recipients.PskKey] },
    ];

    private static string Name(RecordType type) => System.Text.RegularExpressions.Regex.Replace(type.ToString(), "(?<=[a-z])(?=[A-Z])", "-").ToLowerInvariant();

    private static Vector Seal(string name, string about, Action<BundleImage> change, string id = "E-11") => SealedFault($"seal-{name}", about, [id], "not_authentic", change);

    private static Vector Run(string name, string about, Action<Wire.Layout> change) =>
        SealedFault(name, about, ["E-13"], "manifest_error", i =>
        {
            GoodSealing.Runs(i);
            i.Find(RecordType.Layout).PatchMessage(Wire.Layout.Parser, change);
        });

    private static Vector Rich(string name, string about, StreamKind kind, SealScope scope) =>
        Broken($"seal-{name}", about, ["E-11"], "not_authentic", SealedSamples.Rich, i =>
        {
            int begin = i.Records.FindIndex(r => r.Type == RecordType.StreamBegin && Wire.StreamBegin.Parser.ParseFrom(r.Payload).Header.Kind == (Wire.StreamKind)kind);
            i.Records.Skip(begin).First(r => r.Type == RecordType.Chunk).Scope = scope;
        }) with { Keys = [Recipients.PskKey] };
}
