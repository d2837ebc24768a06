using System.Security.Cryptography;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Vectors.Images;
using Waybill.Vectors.Keys;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Envelopes, recipients and trailers of encrypted bundles that break a rule, and keys that do not fit.</summary>
internal static class BrokenEnvelopes
{
    private const string Header = "header_not_authentic";
    private const string NoKey = "no_matching_key";

    public static Vector[] All { get; } = [.. Places(), .. Framing(), .. Authenticity(), .. Rules(), .. Openings(), .. Trailers()];

    /// <summary>The small encrypted sample with one fault.</summary>
    public static Vector SealedFault(string name, string about, string[] spec, string expect, Action<BundleImage> change, params VectorKey[] keys) =>
        Broken(name, about, spec, expect, SealedSamples.Small, change) with { Keys = keys.Length > 0 ? keys : [Recipients.PskKey] };

    private static Vector[] Places() =>
    [
        Place("missing", "An encrypted bundle without ENVELOPE.", "E-01", i => i.Records.Remove(i.Find(RecordType.Envelope))),
        Place("twice", "ENVELOPE twice.", "E-01", i => i.InsertAfter(i.Find(RecordType.Envelope), new ImageRecord(RecordType.Envelope, i.Find(RecordType.Envelope).Stored))),
        Place("late", "ENVELOPE after PROLOGUE.", "E-01", i => i.Move(i.Find(RecordType.Envelope), i.Find(RecordType.StreamBegin))) with { Or = ["framing_error"] },
        Place("before-feature-names", "ENVELOPE before FEATURE_NAMES.", "F-03", i => i.Move(i.Find(RecordType.Envelope), i.Find(RecordType.FeatureNames))),
        Place("copy-missing", "There is no ENVELOPE_COPY.", "E-02", i => i.Records.Remove(i.Find(RecordType.EnvelopeCopy))),
        Place("copy-twice", "ENVELOPE_COPY twice.", "E-02", i => i.Records.Add(new ImageRecord(RecordType.EnvelopeCopy, i.Find(RecordType.Envelope).Stored))),
        Place("copy-before-manifest", "ENVELOPE_COPY before MANIFEST.", "E-02", i => i.Move(i.Find(RecordType.EnvelopeCopy), i.Find(RecordType.Manifest))),
        Place("copy-after-signature", "ENVELOPE_COPY after a SIGNATURE record.", "E-02", i => i.InsertBefore(i.Find(RecordType.EnvelopeCopy), new ImageRecord(RecordType.Signature, []))),
        Fault("envelope-copy-in-plain", "An ENVELOPE_COPY in a bundle that is not encrypted.", ["E-02"], "order_error", i => i.Records.Add(new ImageRecord(RecordType.EnvelopeCopy, new byte[4096]))),
        Broken("envelope-never", "The feature ENCRYPTED, but nothing is encrypted.", ["E-01", "E-10"], "framing_error", n => Samples.Sketch(n, new Features(Features.Encrypted, 0, 0)))
            with { Keys = [Recipients.PskKey], Or = ["order_error"] },
        SealedFault("envelope-copy-differs", "A byte of ENVELOPE_COPY differs.", ["E-02"], Header, i => i.Find(RecordType.EnvelopeCopy).Patch(p => p[^1] ^= 1)),
        SealedFault("envelope-copy-shorter", "ENVELOPE_COPY has fewer zeros.", ["E-02"], Header, i => i.Find(RecordType.EnvelopeCopy).Edit = p => [.. p[..2000], .. p[2008..]]),
        SealedFault("envelope-copy-damaged", "A flipped bit in ENVELOPE_COPY.", ["F-13"], "damaged", i => i.Find(RecordType.EnvelopeCopy).Damage = r => r[100] ^= 1),
    ];

    private static Vector[] Framing() =>
    [
        SealedFault("envelope-small", "An envelope of 4 095 bytes.", ["E-01"], "framing_error", i => i.Sealing!.EnvelopeLength = 4095),
        SealedFault("envelope-empty", "An envelope without payload.", ["E-01"], "framing_error", i => i.Sealing!.Forge = _ => []),
        SealedFault("envelope-large", "An envelope of 262 145 bytes.", ["E-01", "L-01"], "limit_exceeded", i => i.Sealing!.EnvelopeLength = BundleFormat.MaxEnvelopeLength + 1),
        SealedFault("envelope-reserved", "The reserved field of the envelope is not zero.", ["E-01"], "framing_error", i => i.Sealing!.EditPayload = p => p[5] = 1),
        SealedFault("envelope-padding", "A byte behind the message is not zero.", ["E-01"], "framing_error", i => i.Sealing!.EditPayload = p => p[^33] = 1),
        SealedFault("envelope-message-length", "The message reaches into the MAC.", ["E-01"], "framing_error", i =>
            i.Sealing!.EditPayload = p => System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(p, 4096 - 40 + 1)),
        SealedFault("envelope-message-length-largest", "A message of 2^32 - 1 bytes.", ["E-01"], "framing_error", i => i.Sealing!.EditPayload = p => p.AsSpan(0, 4).Fill(0xFF)),
        SealedFault("envelope-message-cut", "The message is cut.", ["D-08"], "encoding_error", i => i.Sealing!.EditPayload = p =>
        {
            p.AsSpan(p[0] + (p[1] << 8) + 7, 1).Clear();
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(p, p[0] + (p[1] << 8) - 1);
        }),
    ];

    private static Vector[] Authenticity() =>
    [
        SealedFault("envelope-mac", "A flipped bit in the MAC of both envelopes.", ["E-04"], Header, i => Forge(i, p => p[^1] ^= 1)),
        SealedFault("envelope-readme-changed", "Someone changed README.", ["E-03"], Header, i => ChangeHead(i, () => i.Find(RecordType.Readme).Patch(p => p[2] ^= 0x20))),
        SealedFault("envelope-minor-changed", "Someone changed the minor version.", ["E-03"], Header, i => ChangeHead(i, () => i.Minor = 1)),
        SealedFault("envelope-head-digest", "The digest of what stands before the envelope is another, and the MAC is right.", ["E-03"], Header, i => i.Sealing!.EditEnvelope = e => e.HeadDigest = Other),
        SealedFault("envelope-bundle-id", "The envelope is that of another bundle, and its MAC is right.", ["E-03"], Header, i => i.Sealing!.EditEnvelope = e => e.BundleId = Bytes(16)),
        SealedFault("envelope-meta-commitment", "The commitment to the META key is another, and the MAC is right.", ["E-04"], Header, i => i.Sealing!.EditEnvelope = e => e.MetaCommitment = Other),
        SealedFault("envelope-data-commitment", "The commitment to the DATA key is another, and the MAC is right.", ["E-04"], Header, i => i.Sealing!.EditEnvelope = e => e.DataCommitment = Other),
        SealedFault("envelope-secret-commitment", "The commitment to the SECRET key is another, and the MAC is right.", ["E-04"], Header, i => i.Sealing!.EditEnvelope = e => e.SecretCommitment = Other),
        SealedFault("envelope-commitments-swapped", "Two commitments are exchanged, and the MAC is right.", ["E-04"], Header, i => i.Sealing!.EditEnvelope = e => (e.MetaCommitment, e.DataCommitment) = (e.DataCommitment, e.MetaCommitment)),
        Forged("recipient-added", "Someone added a recipient.", e => e.Recipients.Add(new Wire.Recipient { Type = 3, Scopes = 7, Body = Bytes(80) })),
        Forged("recipient-removed", "Someone removed a recipient.", e => e.Recipients.RemoveAt(1)),
        Forged("recipients-swapped", "Someone exchanged two recipients.", e =>
        {
            Wire.Recipient first = e.Recipients[0];
            e.Recipients.RemoveAt(0);
            e.Recipients.Add(first);
        }),
        Forged("key-id", "Someone changed a key id.", e => e.Recipients[0].KeyId = Bytes(3)),
        Forged("public-tag-added", "Someone added a tag in the clear.", e => e.PublicTags.Add(Tag("app"))),
    ];

    private static Vector[] Rules() =>
    [
        Rule("suite-0", "No suite.", "E-05", e => e.Suite = 0) with { Expect = "unsupported_feature" },
        Rule("suite-3", "A suite that is not defined.", "E-05", e => e.Suite = 3) with { Expect = "unsupported_feature" },
        Rule("recipients-none", "No recipients.", "E-06", e => e.Recipients.Clear()),
        Rule("recipients-65", "65 recipients.", "E-06", e => e.Recipients.Add(Enumerable.Repeat(new Wire.Recipient { Type = 99 }, 64))) with { Expect = "limit_exceeded" },
        SealedFault("recipient-body-large", "A recipient whose body is a byte larger than 16 KiB.", ["L-01"], "limit_exceeded", i =>
        {
            i.Sealing!.EnvelopeLength = 32_768;
            i.Sealing.EditEnvelope = e => e.Recipients.Add(new Wire.Recipient { Type = 99, Body = Bytes((16 * 1024) + 1) });
        }),
        .. ((uint[])[0, 2, 4, 5, 8, 263]).Select(scopes => Rule($"scopes-{scopes}", $"A recipient of scopes {scopes}.", "E-06", e => e.Recipients[0].Scopes = scopes)),
        Rule("scopes-of-second", "A second recipient, that nobody opens, has scopes 6.", "E-06", e => e.Recipients.Add(new Wire.Recipient { Type = 1, Scopes = 6, Body = Bytes(113) })),
        Rule("head-digest-short", "A digest of 31 bytes.", "E-03", e => e.HeadDigest = Bytes(31)),
        Rule("commitment-missing", "A commitment that is missing.", "E-04", e => e.SecretCommitment = ByteString.Empty),
        Rule("passphrase-beside-key", "A passphrase beside a pre-shared key.", "E-09", e => e.Recipients.Add(new Wire.Recipient { Type = 4, Scopes = 7, Body = Bytes(84) })),
        Rule("passphrase-beside-unknown", "A passphrase beside a recipient of an unknown type.", "E-09", e => e.Recipients[0] = new Wire.Recipient { Type = 99 })
            with { Make = () => new VectorBundle(SealedSamples.Small("envelope-passphrase-beside-unknown", SealSuite.AesGcm, Recipients.Unknown(), Recipients.Pbkdf2()).Bytes), Keys = [Recipients.PassphraseKey] },
        Rounds("rounds-599999", "A passphrase with one round too few.", 599_999, 599_999) with { Expect = "limit_exceeded" },
        Rounds("rounds-0", "A passphrase with no rounds.", 0, 1) with { Expect = "limit_exceeded" },
        Rounds("rounds-10000001", "A passphrase with one round too many.", 10_000_001, 1) with { Expect = "limit_exceeded" },
        Rounds("rounds-largest", "A passphrase with 2^32 - 1 rounds.", uint.MaxValue, 1) with { Expect = "limit_exceeded" },
        Tags("tag-unknown", "A tag in the clear that the manifest does not have.", t => t.Add(Tag("zone"))),
        Tags("tag-changed", "A tag in the clear with another value than in the manifest.", t => t[0].Text += "!"),
        Tags("tag-order", "Tags in the clear in another order than in the manifest.", t => (t[0], t[2]) = (t[2], t[0])) with { Or = ["canonical_violation"] },
        Tags("tag-twice", "A tag in the clear twice.", t => t.Insert(0, t[0])),
        Tags("tag-not-public", "A tag in the clear that is not public, as the manifest has it.", t => t.Add(new Wire.Tag { Key = "who", Text = "alice", Source = (Wire.TagSource)1 })),
        Tags("tag-made-public", "A tag in the clear that is public there, but not in the manifest.", t =>
            t.Add(new Wire.Tag { Key = "who", Text = "alice", Source = (Wire.TagSource)1, Sensitivity = Wire.Sensitivity.Public })),
    ];

    private static Vector[] Openings() =>
    [
        SealedFault("key-wrong", "Another pre-shared key.", ["E-06", "E-08"], NoKey, _ => { }, SealedSamples.WrongKey),
        SealedFault("key-none", "No key.", ["E-06"], NoKey, _ => { }) with { Keys = [] },
        SealedFault("key-of-another-type", "A private key for a bundle that a pre-shared key opens.", ["E-06"], NoKey, _ => { }, Recipients.PointKey, Recipients.RsaKey),
        Opening("key-wrong-p256", "Another P-256 key.", [Recipients.Hpke(TestKey.P256("somebody else"))], Recipients.PointKey),
        Opening("key-wrong-passphrase", "Another passphrase.", [Recipients.Pbkdf2()], new VectorKey("passphrase", "correct horse battery")),
        Opening("recipients-unknown-only", "Recipients of unknown types only.", [Recipients.Unknown(), Recipients.Unknown(0)], Recipients.PskKey),
        Opening("recipient-psk-of-another-bundle", "The key block of another bundle for the same pre-shared key.", [OfAnother(Recipients.Psk())], Recipients.PskKey),
        Opening("recipient-p256-of-another-bundle", "The key block of another bundle for the same P-256 key.", [OfAnother(Recipients.Hpke(Recipients.Point))], Recipients.PointKey),
        Opening("recipient-rsa-of-another-bundle", "The key block of another bundle for the same RSA key.", [OfAnother(Recipients.Rsa())], Recipients.RsaKey),
        Opening("recipient-scopes-raised", "A recipient of scope META that someone made one of everything.", [With(Recipients.Psk(KeyScopes.Metadata), r => r.Scopes = 7)], Recipients.PskKey),
        Opening("recipient-p256-key-block-long", "A key block of 64 bytes for everything.", [Recipients.Hpke(Recipients.Point, KeyScopes.All, new byte[64])], Recipients.PointKey),
        Opening("recipient-p256-key-block-empty", "A key block without bytes.", [Recipients.Hpke(Recipients.Point, KeyScopes.All, [])], Recipients.PointKey),
        Point("off-curve", "An encapsulated key that is no point of the curve.", b => b[64] ^= 1),
        Point("compressed", "An encapsulated key that claims to be compressed.", b => b[0] = 2),
        Point("hybrid", "An encapsulated key in the hybrid form.", b => b[0] = (byte)(6 + (b[64] & 1))),
        Point("infinity", "The point at infinity as encapsulated key.", b => b.AsSpan(0, 65).Clear()),
        Point("zero", "An encapsulated key with coordinates of zeros.", b => b.AsSpan(1, 64).Clear()),
        Point("large", "An encapsulated key with a coordinate that is not below the prime.", b => b.AsSpan(1, 32).Fill(0xFF)),
        Opening("recipient-p256-short-form", "An encapsulated key of 33 bytes.", [With(Recipients.Hpke(Recipients.Point), r =>
            r.Body = ByteString.CopyFrom([(byte)(2 + (r.Body[64] & 1)), .. r.Body.Span[1..33], .. r.Body.Span[65..]]))], Recipients.PointKey),
        Opening("recipient-p256-tag", "A flipped bit in a wrapped key block.", [With(Recipients.Hpke(Recipients.Point), r => r.Body = Flip(r.Body, 100))], Recipients.PointKey),
        Opening("recipient-rsa-changed", "A flipped bit in an RSA ciphertext.", [With(Recipients.Rsa(), r => r.Body = Flip(r.Body, 200))], Recipients.RsaKey),
        Opening("recipient-rsa-short", "An RSA ciphertext of 383 bytes.", [With(Recipients.Rsa(), r => r.Body = ByteString.CopyFrom(r.Body.Span[1..]))], Recipients.RsaKey),
        Opening("recipient-rsa-empty", "An RSA ciphertext without bytes.", [With(Recipients.Rsa(), r => r.Body = ByteString.Empty)], Recipients.RsaKey),
        Opening("recipient-psk-long", "The body of a pre-shared key's recipient with a byte too many.", [With(Recipients.Psk(), r => r.Body = ByteString.CopyFrom([.. r.Body.Span, 0]))], Recipients.PskKey),
        Opening("recipient-psk-salt", "A flipped bit in the salt of a recipient.", [With(Recipients.Psk(), r => r.Body = Flip(r.Body, 0))], Recipients.PskKey),
        Broken("scope-missing", "Everything is asked for, but the key opens no Secrets.", ["E-11"], "scope_missing", SealedSamples.Rich, _ => { })
            with { Keys = [SealedSamples.DataKey], Scopes = KeyScopes.All },
    ];

    private static Vector[] Trailers() =>
    [
        SealedFault("sealed-trailer-mac", "A flipped bit in the MAC of the trailer.", ["E-12"], Header, i => i.EditTrailer = t => t[170] ^= 1),
        SealedFault("sealed-trailer-mac-zero", "The trailer of an encrypted bundle has no MAC.", ["E-12"], Header, i => i.EditTrailer = t => t.AsSpan(160, 32).Clear()),
        SealedFault("sealed-trailer-forged", "Someone changed the record count in the trailer.", ["E-12"], Header, i => i.EditTrailer = t => t[56] ^= 1),
        SealedFault("sealed-trailer-digest-forged", "Someone changed the digest of the manifest in the trailer.", ["E-12"], Header, i => i.EditTrailer = t => t[96] ^= 1),
        SealedFault("sealed-trailer-record-count", "The trailer counts another number of records, and its MAC is right.", ["F-23"], "framing_error", i => i.Sealing!.EditTrailer = t => t[56] ^= 1),
        SealedFault("sealed-trailer-digest", "The trailer states another digest of the manifest, and its MAC is right.", ["F-24"], "digest_mismatch", i => i.Sealing!.EditTrailer = t => t[96] ^= 1),
        SealedFault("sealed-stored-root-wrong", "The stored root of an encrypted bundle is another, and the MAC is right.", ["S-06"], "digest_mismatch", i =>
        {
            i.HasStoredRoot = true;
            i.Sealing!.EditTrailer = t => t[130] ^= 1;
        }),
        Fault("stored-root-wrong", "The trailer states another stored root.", ["S-06"], "digest_mismatch", i =>
        {
            i.HasStoredRoot = true;
            i.EditTrailer = t => t[130] ^= 1;
        }),
        Fault("stored-root-flag", "The trailer says that there is a stored root; there is none.", ["F-26"], "framing_error", i => i.EditTrailer = t => t[76] = 1) with { Or = ["digest_mismatch"] },
        Fault("stored-root-unannounced", "There is a stored root, but the flag is not set.", ["F-26"], "framing_error", i =>
        {
            i.HasStoredRoot = true;
            i.EditTrailer = t => t[76] = 0;
        }),
    ];

    private static ByteString Other => Bytes(32);

    private static ByteString Bytes(int length) => ByteString.CopyFrom(Pattern.Noise(length, 77));

    private static Wire.Tag Tag(string key) => new() { Key = key, Text = "x", Source = (Wire.TagSource)1, Sensitivity = Wire.Sensitivity.Public };

    private static ByteString Flip(ByteString bytes, int at)
    {
        byte[] copy = bytes.ToByteArray();
        copy[at] ^= 1;
        return ByteString.CopyFrom(copy);
    }

    private static void Forge(BundleImage image, Action<byte[]> change) => image.Sealing!.Forge = payload =>
    {
        change(payload);
        return payload;
    };

    /// <summary>Changes what stands before the envelope, of which the envelope then states the former digest.</summary>
    private static void ChangeHead(BundleImage image, Action change)
    {
        byte[] head = SHA256.HashData(image.ToBytes().AsSpan(0, (int)image.Find(RecordType.Envelope).Offset));
        image.Sealing!.EditEnvelope = e => e.HeadDigest = ByteString.CopyFrom(head);
        change();
    }

    private static Vector Place(string name, string about, string id, Action<BundleImage> change) => SealedFault($"envelope-{name}", about, [id], "order_error", change);

    /// <summary>The message in both envelopes changed, but not the MAC.</summary>
    private static Vector Forged(string name, string about, Action<Wire.Envelope> change) =>
        SealedFault($"envelope-{name}", about, ["E-04"], Header, i =>
        {
            i.Sealing!.Recipients.Add(Recipients.Psk(KeyScopes.Data, SealedSamples.DataSecret));
            i.Sealing.Forge = payload =>
            {
                Wire.Envelope envelope = Wire.Envelope.Parser.ParseFrom(payload, 8, payload[0] + (payload[1] << 8));
                change(envelope);
                byte[] message = envelope.ToByteArray();
                return [.. BitConverter.GetBytes(message.Length), 0, 0, 0, 0, .. message, .. new byte[payload.Length - 40 - message.Length], .. payload[^32..]];
            };
        });

    private static Vector Rule(string name, string about, string id, Action<Wire.Envelope> change) =>
        SealedFault($"envelope-{name}", about, [id], "manifest_error", i => i.Sealing!.EditEnvelope = change);

    private static Vector Rounds(string name, string about, uint rounds, uint computed) =>
        Broken(name, about, ["E-09"], "manifest_error", n => SealedSamples.Small(n, SealSuite.AesGcm, Recipients.Pbkdf2(rounds, computed)), _ => { }) with { Keys = [Recipients.PassphraseKey] };

    private static Vector Tags(string name, string about, Action<IList<Wire.Tag>> change) =>
        Broken($"envelope-{name}", about, ["E-07"], "manifest_error", n => GoodSealing.Tagged(n, change), _ => { }) with { Keys = [Recipients.PskKey] };

    private static Vector Opening(string name, string about, Func<BundleKeys, Wire.Recipient>[] recipients, VectorKey key) =>
        Broken(name, about, ["E-08", "E-06"], NoKey, n => SealedSamples.Small(n, SealSuite.AesGcm, recipients), _ => { }) with { Keys = [key] };

    private static Vector Point(string name, string about, Action<byte[]> change) =>
        Opening($"recipient-p256-{name}", about, [With(Recipients.Hpke(Recipients.Point), r =>
        {
            byte[] body = r.Body.ToByteArray();
            change(body);
            r.Body = ByteString.CopyFrom(body);
        })], Recipients.PointKey);

    private static Func<BundleKeys, Wire.Recipient> With(Func<BundleKeys, Wire.Recipient> recipient, Action<Wire.Recipient> change) => keys =>
    {
        Wire.Recipient made = recipient(keys);
        change(made);
        return made;
    };

    private static Func<BundleKeys, Wire.Recipient> OfAnother(Func<BundleKeys, Wire.Recipient> recipient) => _ => recipient(new BundleSketch("another bundle", suite: SealSuite.AesGcm).Image.Sealing!.Keys);
}
