using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles.Signing;

/// <summary>Finds out who made a signature, as far as a policy trusts anybody (S-03).</summary>
internal sealed class SignatureJudge(TrustPolicy policy)
{
    private readonly DateTimeOffset _now = policy.TimeProvider.GetUtcNow();

    /// <summary>What is known of a signature, whatever its statement says: the trusted key that made it, or whether it claims one and does not verify under it.</summary>
    internal sealed record Verdict(TrustedKey? Signer, bool IsBroken, string? Subject, DateTimeOffset? Time, string? Problem);

    public Verdict Judge(ReadOnlySpan<byte> data, StatementSignature signature)
    {
        (DateTimeOffset? time, string? timeProblem) = FindTime(signature);
        using X509Certificate2? certificate = signature.Certificates.IsEmpty ? null : TryLoad(signature.Certificates[0]);
        string? subject = certificate?.Subject;
        TrustedKey? named = policy.Keys.FirstOrDefault(k => signature.KeyId.Span.SequenceEqual(k.KeyIdBytes));
        if (FindKey(named, data, signature) is { } key)
        {
            return new Verdict(key, false, subject, time, timeProblem);
        }

        (TrustedKey? certified, bool verifies, string? problem) = Certify(certificate, data, signature, time ?? _now);
        if (certified is not null && verifies)
        {
            return new Verdict(certified, false, subject, time, timeProblem);
        }

        return (named ?? certified) is { } claimed
            ? new Verdict(null, true, subject, time, $"The signature does not verify under the trusted key {claimed.KeyId}")
            : new Verdict(null, false, subject, time, Join(problem ?? "The key is not trusted", timeProblem));
    }

    private static string Join(string first, string? second) => second is null ? first : $"{first}. {second}";

    // The id is a hint: the key that it names is tried first, and then every other one.
    private TrustedKey? FindKey(TrustedKey? named, ReadOnlySpan<byte> data, StatementSignature signature)
    {
        if (named is not null && named.Verify(data, signature.Signature.Span))
        {
            return named;
        }

        foreach (TrustedKey key in policy.Keys)
        {
            if (!key.Equals(named) && key.Verify(data, signature.Signature.Span))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Gives the key of a certificate if that leads up to a trusted root, and whether the signature verifies under it.</summary>
    private (TrustedKey? Key, bool Verifies, string? Problem) Certify(X509Certificate2? certificate, ReadOnlySpan<byte> data, StatementSignature signature, DateTimeOffset time)
    {
        if (policy.CertificateRoots.IsEmpty || signature.Certificates.IsEmpty)
        {
            return (null, false, null);
        }

        if (certificate is null)
        {
            return (null, false, "The certificate cannot be read");
        }

        var issuers = new X509Certificate2Collection();
        try
        {
            TrustedKey key = TrustedKey.FromCertificate(certificate);
            issuers.AddRange(signature.Certificates.Skip(1).Select(TryLoad).OfType<X509Certificate2>().ToArray());
            string? problem = CertificateChain.FindProblem(certificate, issuers, policy.CertificateRoots, time) ?? CertificateChain.FindUsageProblem(certificate);
            return problem is null ? (key, key.Verify(data, signature.Signature.Span), null) : (null, false, "The certificate does not count: " + problem);
        }
        catch (Exception e) when (e is WaybillException or CryptographicException)
        {
            return (null, false, "The certificate does not count: " + e.Message);
        }
        finally
        {
            foreach (X509Certificate2 issuer in issuers)
            {
                issuer.Dispose();
            }
        }
    }

    private (DateTimeOffset? Time, string? Problem) FindTime(StatementSignature signature) =>
        signature.Timestamp.IsEmpty || policy.TimestampRoots.IsEmpty
            ? (null, null)
            : TimestampTokens.Verify(signature.Timestamp, signature.Signature.Span, policy.TimestampRoots);

    private static X509Certificate2? TryLoad(ReadOnlyMemory<byte> certificate)
    {
        X509Certificate2? loaded = null;
        try
        {
            loaded = X509CertificateLoader.LoadCertificate(certificate.Span);

            // The name is decoded when it is first asked for, and that can fail too.
            return loaded.Subject is null ? null : loaded;
        }
        catch (CryptographicException)
        {
            loaded?.Dispose();
            return null;
        }
    }
}
