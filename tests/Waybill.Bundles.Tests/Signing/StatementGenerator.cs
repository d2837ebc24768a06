using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>Random statements, and damaged forms of a genuine one.</summary>
internal static class StatementGenerator
{
    private static readonly BundleSigner s_signer = SigningLab.NewSigner();

    // Generators are not asynchronous, and signing with a key in memory never waits for anything.
    private static readonly SignedStatement s_genuine = SigningLab.SignContentAsync(s_signer, SigningLab.NewSigner()).GetAwaiter().GetResult();

    public static TrustPolicy Policy { get; } = SigningLab.Trusting(s_signer);

    public static bool IsGenuine(SignedStatement statement) =>
        statement.PayloadType == s_genuine.PayloadType
        && statement.Payload.Span.SequenceEqual(s_genuine.Payload.Span)
        && statement.Signatures.Any(s => s.Signature.Span.SequenceEqual(s_genuine.Signatures[0].Signature.Span));

    public static Arbitrary<SignedStatement> Statements() => (
        from type in Gen.Elements("", Signing.ContentType, Signing.StorageType, "text/ä")
        from payload in Bytes()
        from signatures in Signature().ArrayOf()
        select new SignedStatement(type, payload, [.. signatures.Take(16)])).ToArbitrary();

    /// <summary>One to four changes of the bytes of a genuine statement: a byte changed, a piece taken out, doubled, or put in.</summary>
    public static Arbitrary<byte[]> Mutants() => MutantsOf(SignedStatementCodec.Encode(s_genuine));

    public static Arbitrary<byte[]> MutantsOf(byte[] genuine)
    {
        Gen<Func<byte[], byte[]>> change =
            from kind in Gen.Choose(0, 3)
            from place in Gen.Choose(0, genuine.Length - 1)
            from length in Gen.Choose(1, 20)
            from value in Gen.Choose(0, 255)
            select (Func<byte[], byte[]>)(bytes => Apply(bytes, kind, place, length, (byte)value));
        return (from changes in change.NonEmptyListOf() select changes.Take(4).Aggregate(genuine, (bytes, c) => c(bytes))).ToArbitrary();
    }

    public static void AssertSame(SignedStatement expected, SignedStatement actual)
    {
        Assert.Equal(expected.PayloadType, actual.PayloadType);
        Assert.Equal(expected.Payload.ToArray(), actual.Payload.ToArray());
        Assert.Equal(expected.Signatures.Length, actual.Signatures.Length);
        foreach ((StatementSignature a, StatementSignature b) in expected.Signatures.Zip(actual.Signatures))
        {
            Assert.Equal(a.Algorithm, b.Algorithm);
            Assert.Equal(a.KeyId.ToArray(), b.KeyId.ToArray());
            Assert.Equal(a.Signature.ToArray(), b.Signature.ToArray());
            Assert.Equal(a.Certificates.Select(c => Convert.ToHexString(c.Span)), b.Certificates.Select(c => Convert.ToHexString(c.Span)));
            Assert.Equal(a.Timestamp.ToArray(), b.Timestamp.ToArray());
        }
    }

    private static byte[] Apply(byte[] bytes, int kind, int place, int length, byte value)
    {
        place = Math.Min(place, Math.Max(bytes.Length - 1, 0));
        length = Math.Min(length, bytes.Length - place);
        return kind switch
        {
            0 when bytes.Length > 0 => [.. bytes[..place], value, .. bytes[(place + 1)..]],
            1 => [.. bytes[..place], .. bytes[(place + length)..]],
            2 => [.. bytes[..(place + length)], .. bytes[place..]],
            _ => [.. bytes[..place], value, .. bytes[place..]],
        };
    }

    private static Gen<ReadOnlyMemory<byte>> Bytes() =>
        from bytes in Gen.Choose(0, 255).ArrayOf() select new ReadOnlyMemory<byte>([.. bytes.Select(b => (byte)b)]);

    private static Gen<StatementSignature> Signature() =>
        from algorithm in Gen.Elements("", "ecdsa-p256-sha256", "other")
        from keyId in Bytes()
        from signature in Bytes()
        from certificates in Bytes().ArrayOf()
        from timestamp in Bytes()
        select new StatementSignature(algorithm, keyId, signature, [.. certificates.Take(8)], timestamp);

    private static class Signing
    {
        public const string ContentType = Bundles.Signing.Statements.ContentType;
        public const string StorageType = Bundles.Signing.Statements.StorageType;
    }
}
