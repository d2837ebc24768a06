namespace Waybill.Bundles.Tests.Vectors;

/// <summary>Judges the signatures of vectors that demand one: one valid statement of either kind is enough.</summary>
internal static class SignatureVectors
{
    public static async Task<WaybillException?> FindProblemAsync(VectorDocument vector)
    {
        if (vector.Trust.Length == 0)
        {
            return null;
        }

        try
        {
            return await JudgeBothAsync(vector);
        }
        catch (WaybillException e)
        {
            return e;
        }
    }

    private static async Task<WaybillException?> JudgeBothAsync(VectorDocument vector)
    {
        TrustPolicy policy = TrustPolicy.RequireSignature(vector.Trust.Select(pem => TrustedKey.FromPem(pem)));
        VerificationReport content = await JudgeAsync(vector, policy);
        VerificationReport storage = await JudgeAsync(vector, policy.WithStatements(StatementKinds.Storage));
        return content.IsValid || storage.IsValid ? null
            : content.Signatures?.Outcome == SignatureOutcome.Unsigned ? storage.Problem
            : content.Problem;
    }

    private static async Task<VerificationReport> JudgeAsync(VectorDocument vector, TrustPolicy policy) =>
        await BundleVerifier.VerifyAsync(new MemoryStream(vector.Bundle), vector.Path, policy, await vector.ReadOptionsAsync());
}
