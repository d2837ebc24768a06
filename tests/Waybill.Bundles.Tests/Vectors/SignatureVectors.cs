using Waybill.Bundles.Format;
using Waybill.Bundles.Signing;
using Waybill.Bundles.Tests.Salvaging;

namespace Waybill.Bundles.Tests.Vectors;

/// <summary>Judges the signatures of vectors that demand one: one valid statement of either kind is enough.</summary>
internal static class SignatureVectors
{
    // The library does not count SIGNATURE records yet, nor compare the stored root (S-06); both come with trust policies.
    private static readonly string[] s_later = ["broken/signature-records-65", "broken/stored-root-wrong", "broken/sealed-stored-root-wrong"];

    /// <summary>Whether the fault of a vector can show. Nor does the library read detached statements yet.</summary>
    public static bool IsJudged(VectorDocument vector) => vector.Detached is null && !s_later.Contains(vector.Path);

    public static WaybillException? FindProblem(VectorDocument vector)
    {
        if (vector.Trust.Length == 0 || !IsJudged(vector))
        {
            return null;
        }

        try
        {
            return Evaluate(vector);
        }
        catch (WaybillException e)
        {
            return e;
        }
    }

    private static WaybillException? Evaluate(VectorDocument vector)
    {
        TrustPolicy policy = TrustPolicy.RequireSignature(vector.Trust.Select(pem => TrustedKey.FromPem(pem)));
        IReadOnlyList<MappedRecord> records = BundleMap.Of(vector.Bundle);
        List<SignedStatement> statements = [.. records.Where(r => r.Header.Type == RecordType.Signature).Select(TryDecode).OfType<SignedStatement>()];
        BundleFacts facts = FactsOf(vector.Bundle, records);
        SignatureReport content = SignatureEvaluation.Evaluate(policy, facts, statements);
        SignatureReport storage = SignatureEvaluation.Evaluate(policy.WithStatements(StatementKinds.Storage), facts, statements);
        return content.IsAccepted || storage.IsAccepted ? null
            : content.Outcome == SignatureOutcome.Unsigned ? storage.Problem
            : content.Problem;
    }

    // Anyone can add a record that is no message, so it makes a bundle no worse than unsigned.
    private static SignedStatement? TryDecode(MappedRecord record)
    {
        try
        {
            return SignedStatementCodec.Decode(record.Payload, record.Start);
        }
        catch (BundleFormatException e) when (e.Code == WaybillErrorCode.EncodingInvalid)
        {
            return null;
        }
    }

    private static BundleFacts FactsOf(byte[] bundle, IReadOnlyList<MappedRecord> records)
    {
        Trailer trailer = Trailer.Read(bundle.AsSpan(bundle.Length - Trailer.Size), bundle.Length - Trailer.Size);
        var root = new StoredRoot(bundle.AsSpan(0, Preamble.Size));
        foreach (MappedRecord record in records)
        {
            root.Add(bundle.AsSpan(record.Start, RecordHeader.Size), Digest.Of(record.Payload));
            if (record.Header.Type == RecordType.Manifest)
            {
                return new BundleFacts(trailer.BundleId, trailer.ManifestDigest, new StorageFacts(root.Compute(), root.RecordCount, record.Next));
            }
        }

        throw new InvalidOperationException("A vector that is signed has a manifest.");
    }
}
