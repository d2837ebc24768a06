using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles.Tests.Signing;

// Other test projects link this part; it knows nothing of the library.
internal static partial class SigningLab
{
    public static ECDsa NewP256() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>A certificate by an issuer, or by itself without one. Its private key comes with it.</summary>
    public static X509Certificate2 Certify(
        string name, X509Certificate2? issuer = null, bool isAuthority = false, string? usage = null, X509KeyUsageFlags? keyUsage = null,
        DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, AsymmetricAlgorithm? key = null)
    {
        key ??= NewP256();
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", (ECDsa)key, HashAlgorithmName.SHA256);
        if (isAuthority)
        {
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        }

        request.CertificateExtensions.Add(new X509KeyUsageExtension(keyUsage ?? (isAuthority ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature), true));
        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], true));
        }

        DateTimeOffset from = notBefore ?? TimeProvider.System.GetUtcNow().AddDays(-1);
        DateTimeOffset until = notAfter ?? TimeProvider.System.GetUtcNow().AddDays(30);
        if (issuer is null)
        {
            return request.CreateSelfSigned(from, until);
        }

        using ECDsa issuerKey = issuer.GetECDsaPrivateKey()!;
        using X509Certificate2 certificate = request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), from, until, RandomNumberGenerator.GetBytes(8));
        return key is RSA r ? certificate.CopyWithPrivateKey(r) : certificate.CopyWithPrivateKey((ECDsa)key);
    }
}
