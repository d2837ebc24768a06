using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles.Signing;

/// <summary>Builds chains of certificates up to given roots, without network and without the system's own roots. Revocation is not checked.</summary>
internal static class CertificateChain
{
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private const string AnyUsage = "2.5.29.37.0";
    private const int MinIssuerRsaBits = 2048;

    private static readonly HashSet<string> s_signatureAlgorithms =
    [
        "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", // RSA-PSS, RSA with SHA-2
        "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", // ECDSA with SHA-2
        "1.3.101.112", "1.3.101.113", // Ed25519, Ed448
        "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19", // ML-DSA
    ];

    /// <summary>Tells why a certificate does not lead up to one of the roots at a time; <see langword="null"/> if it does.</summary>
    /// <remarks><paramref name="usage"/> is an extended key usage that the whole chain must allow; <see langword="null"/> asks for nothing.</remarks>
    public static string? FindProblem(X509Certificate2 certificate, X509Certificate2Collection extra, IReadOnlyList<X509Certificate2> roots, DateTimeOffset time, string? usage = null)
    {
        if (roots.Count == 0)
        {
            return "no roots are trusted for it";
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(extra);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.UtcDateTime;
        if (usage is not null)
        {
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
        }

        try
        {
            bool valid = chain.Build(certificate);
            return valid ? FindWeakness(chain) : Describe(chain, time);
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    /// <summary>Tells why a certificate is not for signing bundles; <see langword="null"/> if it may.</summary>
    /// <remarks>A root that also issues certificates of servers must not make each of them a signer.</remarks>
    public static string? FindUsageProblem(X509Certificate2 certificate)
    {
        foreach (X509Extension extension in certificate.Extensions)
        {
            if (extension is X509KeyUsageExtension key && (key.KeyUsages & (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation)) == 0)
            {
                return "its key is not for signatures";
            }

            if (extension is X509EnhancedKeyUsageExtension purposes && !purposes.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value is CodeSigning or AnyUsage))
            {
                return "it is for other purposes than signing code";
            }
        }

        return null;
    }

    private static string Describe(X509Chain chain, DateTimeOffset time)
    {
        X509ChainStatusFlags flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status);
        return (flags & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0 ? "it does not lead up to a trusted root"
            : (flags & X509ChainStatusFlags.NotTimeValid) != 0 ? $"it or one above it was not valid at {Timestamp.From(time)}"
            : $"its chain is not valid ({flags})";
    }

    // The root is what the verifier chose to trust; its own signature says nothing.
    private static string? FindWeakness(X509Chain chain)
    {
        for (int i = 0; i < chain.ChainElements.Count; i++)
        {
            X509Certificate2 certificate = chain.ChainElements[i].Certificate;
            if (i < chain.ChainElements.Count - 1 && !s_signatureAlgorithms.Contains(certificate.SignatureAlgorithm.Value ?? ""))
            {
                return "a certificate of its chain is signed with a weak algorithm";
            }

            using RSA? rsa = certificate.GetRSAPublicKey();
            if (rsa is { KeySize: < MinIssuerRsaBits })
            {
                return "a certificate of its chain has a weak key";
            }
        }

        return null;
    }
}
