using System.Security.Cryptography;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Bundles.Signing;
using Waybill.Vectors.Images;
using Waybill.Vectors.Keys;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.SignedSamples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Bundles that do not satisfy a demand for a signature; the bundles themselves are in order.</summary>
internal static class BrokenSignatures
{
    private const string Invalid = "signature_invalid";

    public static Vector[] All { get; } = [.. Absent(), .. Misfits(), .. Changes(), .. Forms(), .. Limits()];

    private static Vector[] Absent() =>
    [
        Bad("stripped", "A signature is demanded, and there is none.", "unsigned"),
        Bad("empty-statement", "A statement that nobody signed.", "unsigned", StatementSketch.Content()) with { Or = ["untrusted"] },
        Bad("unknown-type-only", "The only statement is of an unknown type.", "unsigned", new StatementSketch("application/vnd.example.review+json", _ => "{}"u8.ToArray(), Alice)),
        Bad("no-message", "A SIGNATURE record that is no message, which anyone can add.", "unsigned") with
        {
            Make = () =>
            {
                BundleImage image = Small("signature-no-message").Image;
                image.Records.Add(new ImageRecord(RecordType.Signature, "not a message"u8.ToArray()));
                return new VectorBundle(image.ToBytes());
            },
        },
        Bad("by-stranger", "Signed by somebody who is not trusted.", "untrusted", StatementSketch.Content(Mallory)),
        Bad("by-two-strangers", "Signed by two who are not trusted.", "untrusted", StatementSketch.Content(Mallory, Bob)),
        Detached("broken", "signature-detached-by-stranger", "Signed beside the bundle by somebody who is not trusted.", ["S-04"], [AlicePem], StatementSketch.Content(Mallory)) with { Expect = "untrusted" },
        new("broken", "signature-sealed-stripped", "A signature is demanded of an encrypted bundle, and there is none.", ["S-04"], () => new VectorBundle(SealedSamples.Small("signature-sealed-stripped").Bytes))
            { Expect = "unsigned", Trust = [AlicePem], Keys = [Recipients.PskKey] },
    ];

    private static Vector[] Misfits() =>
    [
        Bad("of-another-bundle", "The content statement of another bundle.", Invalid,
            StatementSketch.Content(Alice) with { Payload = _ => StatementSketch.Content().Payload(Small("another bundle").Image) }),
        Bad("of-an-older-manifest", "A content statement of the same bundle with another manifest.", Invalid,
            StatementSketch.Content(Alice) with { Payload = i => Statements.BuildContent(i.Id, Digest.Of("older"u8)) }),
        Bad("no-digest", "A content statement without digest.", Invalid, StatementSketch.Content(Alice) with { Payload = i => StatementSketch.Content().Payload(i)[..18] }),
        Bad("payload-no-message", "A content statement whose payload is no message.", Invalid, StatementSketch.Content(Alice) with { Payload = _ => [0xFF, 0xFF] }),
        Stored("root", "A storage statement of another stored root.", s => s with { StoredRoot = Digest.Of("other"u8) }),
        Stored("record-count", "A storage statement of another number of records.", s => s with { RecordCount = s.RecordCount + 1 }),
        Stored("length", "A storage statement of another stored length.", s => s with { StoredLength = s.StoredLength + 8 }),
        Bad("storage-rewritten", "A storage statement of the bundle before a byte of README changed.", Invalid,
            StatementSketch.Storage(Alice) with { Payload = i => StatementSketch.Storage().Payload(Former(i)) }),
        Bad("content-as-storage", "A content statement called a storage statement before it was signed.", Invalid, StatementSketch.Content(Alice) with { PayloadType = Statements.StorageType }),
        Detached("broken", "signature-detached-of-another-bundle", "The file beside the bundle is that of another bundle.", ["S-02"], [AlicePem],
            StatementSketch.Content(Alice) with { Payload = _ => StatementSketch.Content().Payload(Small("another bundle").Image) }) with { Expect = Invalid },
    ];

    private static Vector[] Changes() =>
    [
        Bad("payload-changed", "A byte of the payload changed after it was signed.", Invalid, Changed(s => s.Payload = Flip(s.Payload, 40))),
        Bad("payload-longer", "A field that readers pass over was added to the payload after it was signed.", Invalid, Changed(s => s.Payload = ByteString.CopyFrom([.. s.Payload.Span, 0xA0, 0x06, 0x05]))),
        Bad("payload-serialized-again", "The fields of the payload were put in another order after it was signed.", Invalid,
            Changed(s => s.Payload = ByteString.CopyFrom([.. s.Payload.Span[18..], .. s.Payload.Span[..18]]))),
        Bad("type-changed", "A storage statement was made a content statement after it was signed.", Invalid,
            StatementSketch.Storage(Alice) with { Change = s => (s.PayloadType, s.Payload) = (Statements.ContentType, ByteString.CopyFrom(s.Payload.Span[..52])) }),
        Bad("type-hidden", "The type was changed to an unknown one after it was signed.", "unsigned", Changed(s => s.PayloadType += "x")),
        Bad("payload-alone", "The payload was signed without its type.", Invalid, Changed(s => s.Signatures[0].Signature_ = ByteString.CopyFrom(Alice.Sign(s.Payload.ToByteArray())))),
        Bad("key-id-stolen", "A stranger signed and names the trusted key.", Invalid,
            StatementSketch.Content(Mallory) with { Change = s => s.Signatures[0].KeyId = ByteString.CopyFrom(SHA256.HashData(Alice.PublicKey)[..16]) }),
        Bad("certificate-of-nobody", "A signature by a stranger with nonsense as certificate.", "untrusted",
            StatementSketch.Content(Mallory) with { Change = s => s.Signatures[0].Certificates.Add(ByteString.CopyFrom(0x30, 0x03, 0x02, 0x01, 0x05)) }),
    ];

    private static Vector[] Forms() =>
    [
        Form("flipped", "A flipped bit in the signature.", s => Flip(s, 5)),
        Form("der", "The signature in DER instead of r and s.", Der),
        Form("short", "The signature without its last byte.", s => ByteString.CopyFrom(s.Span[..63])),
        Form("long", "The signature with a byte too many.", s => ByteString.CopyFrom([.. s.Span, 0])),
        Form("empty", "A signature without bytes.", _ => ByteString.Empty),
        Form("zeros", "r and s are zero.", _ => ByteString.CopyFrom(new byte[64])),
        Form("s-zero", "s is zero.", s => ByteString.CopyFrom([.. s.Span[..32], .. new byte[32]])),
        Form("r-zero", "r is zero.", s => ByteString.CopyFrom([.. new byte[32], .. s.Span[32..]])),
        Form("s-order", "s is the order of the curve.", s => ByteString.CopyFrom([.. s.Span[..32], .. Curve.P256.Bytes(Curve.P256.Order)])),
        Form("swapped", "s before r.", s => ByteString.CopyFrom([.. s.Span[32..], .. s.Span[..32]])),
        Signed("broken", "signature-rsa-pkcs1", "An RSA signature with the padding of PKCS #1 v1.5.", ["S-03"], [TestRsa.PublicPem], StatementSketch.Content(Rsa with { Sign = Pkcs1 })) with { Expect = Invalid },
        Signed("broken", "signature-rsa-flipped", "A flipped bit in an RSA signature.", ["S-03"], [TestRsa.PublicPem],
            StatementSketch.Content(Rsa) with { Change = s => s.Signatures[0].Signature_ = Flip(s.Signatures[0].Signature_, 100) }) with { Expect = Invalid },
        Signed("broken", "signature-rsa-short", "An RSA signature of 383 bytes.", ["S-03"], [TestRsa.PublicPem],
            StatementSketch.Content(Rsa) with { Change = s => s.Signatures[0].Signature_ = ByteString.CopyFrom(s.Signatures[0].Signature_.Span[1..]) }) with { Expect = Invalid },
        Signed("broken", "signature-p384-flipped", "A flipped bit in a signature with P-384.", ["S-03"], [BobPem],
            StatementSketch.Content(Bob) with { Change = s => s.Signatures[0].Signature_ = Flip(s.Signatures[0].Signature_, 90) }) with { Expect = Invalid },
    ];

    private static Vector[] Limits() =>
    [
        Bad("seventeen", "A statement with 17 signatures.", "limit_exceeded", Changed(s => s.Signatures.Add(Enumerable.Repeat(s.Signatures[0], 16)))),
        Bad("certificates-9", "A signature with nine certificates.", "limit_exceeded", Changed(s => s.Signatures[0].Certificates.Add(Enumerable.Repeat(ByteString.CopyFrom(1), 9)))),
        Bad("large", "A statement of more than 1 MiB.", "limit_exceeded", Changed(s => s.Signatures[0].Timestamp = ByteString.CopyFrom(new byte[1 << 20]))),
        Bad("records-65", "65 SIGNATURE records.", "limit_exceeded", [.. Enumerable.Repeat(StatementSketch.Content(), 64), StatementSketch.Content(Alice)]),
        new("broken", "signature-detached-nonsense", "The file beside the bundle is no JSON.", ["S-05"], () =>
            new VectorBundle(Small("signature-detached-nonsense").Bytes) { Detached = "{\"payloadType\": 1\n" }) { Expect = "encoding_error", Trust = [AlicePem] },
    ];

    private static Vector Bad(string name, string about, string expect, params StatementSketch[] statements) =>
        Signed("broken", $"signature-{name}", about, [expect == "limit_exceeded" ? "L-01" : expect == Invalid ? "S-02" : "S-04"], [AlicePem], statements) with { Expect = expect };

    private static Vector Form(string name, string about, Func<ByteString, ByteString> change) =>
        Bad($"form-{name}", about, Invalid, Changed(s => s.Signatures[0].Signature_ = change(s.Signatures[0].Signature_))) with { Spec = ["S-03"] };

    private static Vector Stored(string name, string about, Func<StorageFacts, StorageFacts> change) =>
        Bad($"storage-{name}", about, Invalid, StatementSketch.Storage(Alice) with { Payload = i => Statements.BuildStorage(i.Id, i.ManifestDigest, change(i.Storage!)) });

    private static StatementSketch Changed(Action<Wire.SignedStatement> change) => StatementSketch.Content(Alice) with { Change = change };

    /// <summary>The same bundle with another README.</summary>
    private static BundleImage Former(BundleImage image)
    {
        var former = new BundleImage { Id = image.Id, Manifest = image.Manifest };
        former.Records.AddRange(image.Records.Where(r => r.Type != RecordType.Signature && r.Type != RecordType.Readme));
        former.Records.Insert(0, new ImageRecord(RecordType.Readme, [.. image.Find(RecordType.Readme).Payload[..^1], (byte)'!']));
        former.ToBytes();
        return former;
    }

    private static ByteString Flip(ByteString bytes, int at)
    {
        byte[] copy = bytes.ToByteArray();
        copy[at] ^= 1;
        return ByteString.CopyFrom(copy);
    }

    private static ByteString Der(ByteString signature)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new System.Numerics.BigInteger(signature.Span[..32], isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new System.Numerics.BigInteger(signature.Span[32..], isUnsigned: true, isBigEndian: true));
        }

        return ByteString.CopyFrom(writer.Encode());
    }

    private static byte[] Pkcs1(byte[] data)
    {
        using RSA key = RSA.Create();
        key.ImportFromPem(TestRsa.PrivatePem);
        return key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
