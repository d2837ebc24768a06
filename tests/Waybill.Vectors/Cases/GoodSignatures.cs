using System.Numerics;
using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Vectors.Keys;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.SignedSamples;

namespace Waybill.Vectors.Cases;

/// <summary>Signed bundles that satisfy a demand for a signature.</summary>
internal static class GoodSignatures
{
    public static Vector[] All { get; } =
    [
        Good("signed-content", "A content statement, signed with P-256.", ["S-01", "S-02"], [AlicePem], StatementSketch.Content(Alice)),
        Good("signed-content-p384", "A content statement, signed with P-384.", ["S-03"], [BobPem], StatementSketch.Content(Bob)),
        Good("signed-content-rsa", "A content statement, signed with RSASSA-PSS.", ["S-03"], [TestRsa.PublicPem], StatementSketch.Content(Rsa)),
        Good("signed-storage", "A storage statement; the trailer states no stored root.", ["S-02"], [AlicePem], StatementSketch.Storage(Alice)),
        Good("signed-both", "A content statement and a storage statement.", ["S-02"], [AlicePem], StatementSketch.Content(Alice), StatementSketch.Storage(Alice)),
        Good("signed-by-two", "A statement with two signatures.", ["S-04"], [AlicePem, BobPem], StatementSketch.Content(Alice, Bob)),
        Good("signed-apart", "Two statements by two signers.", ["S-04"], [BobPem, AlicePem], StatementSketch.Content(Alice), StatementSketch.Content(Bob)),
        Good("signed-beside-stranger", "A signature by a stranger before the one that counts.", ["S-04"], [AlicePem], StatementSketch.Content(Mallory, Alice)),
        Good("signed-unknown-type", "A statement of an unknown type is passed over.", ["S-04"], [AlicePem],
            new StatementSketch("application/vnd.example.review+json", _ => "{}"u8.ToArray(), Alice), StatementSketch.Content(Alice)),
        Good("signed-unknown-fields", "A statement with a field of the future: its bytes were signed as they stand.", ["S-01"], [AlicePem],
            StatementSketch.Content(Alice) with { Payload = i => [.. StatementSketch.Content().Payload(i), 0xA0, 0x06, 0x05] }),
        Good("signed-fields-reordered", "A statement whose fields stand in another order: its bytes were signed as they stand.", ["S-01"], [AlicePem],
            StatementSketch.Content(Alice) with { Payload = i => [.. StatementSketch.Content().Payload(i)[18..], .. StatementSketch.Content().Payload(i)[..18]] }),
        Good("signed-hints-wrong", "The hints at key and algorithm are wrong; they do not count.", ["S-03"], [AlicePem],
            StatementSketch.Content(Alice) with { Change = s => (s.Signatures[0].KeyId, s.Signatures[0].Algorithm) = (ByteString.CopyFrom(1, 2), "ml-dsa-65") }),
        Good("signed-hints-missing", "There are no hints at key and algorithm.", ["S-03"], [AlicePem],
            StatementSketch.Content(Alice) with { Change = s => (s.Signatures[0].KeyId, s.Signatures[0].Algorithm) = (ByteString.Empty, "") }),
        Good("signed-other-s", "The other of the two values of s that verify.", ["S-03"], [AlicePem], StatementSketch.Content(Alice) with { Change = s => s.Signatures[0].Signature_ = OtherS(s.Signatures[0].Signature_) }),
        Detached("v1", "signed-detached", "A content statement beside the bundle.", ["S-05"], [AlicePem], StatementSketch.Content(Alice)),
        Detached("v1", "signed-detached-two", "Two statements beside the bundle, one of an unknown type.", ["S-04", "S-05"], [BobPem],
            new StatementSketch("application/vnd.example.review+json", _ => "{}"u8.ToArray(), Alice), StatementSketch.Storage(Bob)),
        new("v1", "signed-stored-root", "A storage statement for a bundle that states its stored root.", ["S-02", "S-06"], () =>
        {
            BundleSketch sketch = Small("signed-stored-root");
            sketch.Image.HasStoredRoot = true;
            sketch.Image.Records.Add(StatementSketch.Storage(Alice).ToRecord(sketch.Image));
            return VectorBundle.From(sketch) with { Bytes = sketch.Image.ToBytes() };
        }) { Trust = [AlicePem] },
        new("v1", "signed-sealed", "Both statements in an encrypted bundle; they stand in the clear.", ["S-05", "E-10"], () =>
        {
            BundleSketch sketch = SealedSamples.Small("signed-sealed");
            sketch.Image.Records.Add(StatementSketch.Content(Alice).ToRecord(sketch.Image));
            sketch.Image.Records.Add(StatementSketch.Storage(Alice).ToRecord(sketch.Image));
            return VectorBundle.From(sketch) with { Bytes = sketch.Image.ToBytes() };
        }) { Trust = [AlicePem], Keys = [Recipients.PskKey] },
    ];

    private static Vector Good(string name, string about, string[] spec, string[] trust, params StatementSketch[] statements) => Signed("v1", name, about, spec, trust, statements);

    private static ByteString OtherS(ByteString signature)
    {
        var s = new BigInteger(signature.Span[32..], isUnsigned: true, isBigEndian: true);
        return ByteString.CopyFrom([.. signature.Span[..32], .. Curve.P256.Bytes(Curve.P256.Order - s)]);
    }
}
