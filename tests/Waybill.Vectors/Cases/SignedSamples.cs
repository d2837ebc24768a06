using Waybill.Vectors.Keys;
using Waybill.Vectors.Sketches;

namespace Waybill.Vectors.Cases;

/// <summary>Who signs the vectors, and the bundles that are signed.</summary>
internal static class SignedSamples
{
    private static readonly TestKey s_alice = TestKey.P256("Alice signs");
    private static readonly TestKey s_bob = TestKey.P384("Bob signs");
    private static readonly TestKey s_mallory = TestKey.P256("Mallory signs");

    public static StatementSigner Alice { get; } = new("ecdsa-p256-sha256", s_alice.PublicKey, s_alice.Sign);

    public static StatementSigner Bob { get; } = new("ecdsa-p384-sha384", s_bob.PublicKey, s_bob.Sign);

    public static StatementSigner Rsa { get; } = new("rsa-pss-sha256", TestRsa.PublicKey, TestRsa.Sign);

    /// <summary>Gets somebody whom no vector trusts.</summary>
    public static StatementSigner Mallory { get; } = new("ecdsa-p256-sha256", s_mallory.PublicKey, s_mallory.Sign);

    public static string AlicePem => s_alice.PublicPem;

    public static string BobPem => s_bob.PublicPem;

    public static BundleSketch Small(string name)
    {
        var bundle = new BundleSketch(name);
        bundle.Volume("data", Pattern.Cell("signed", 1000));
        return bundle.Finish();
    }

    /// <summary>A bundle with statements, in order.</summary>
    public static Vector Signed(string folder, string name, string about, string[] spec, string[] trust, params StatementSketch[] statements) =>
        new(folder, name, about, spec, () =>
        {
            BundleSketch sketch = Small(name);
            sketch.Image.Records.AddRange(statements.Select(s => s.ToRecord(sketch.Image)));
            return VectorBundle.From(sketch) with { Bytes = sketch.Image.ToBytes() };
        })
        {
            Trust = trust,
        };

    /// <summary>A bundle with statements in a file beside it.</summary>
    public static Vector Detached(string folder, string name, string about, string[] spec, string[] trust, params StatementSketch[] statements) =>
        new(folder, name, about, spec, () =>
        {
            BundleSketch sketch = Small(name);
            return VectorBundle.From(sketch) with { Detached = string.Concat(statements.Select(s => s.ToLine(sketch.Image))) };
        })
        {
            Trust = trust,
        };
}
