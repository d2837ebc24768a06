using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Waybill.Kubernetes;

/// <summary>
/// What a mover and its coordinator know each other by: a certificate that only this mover has, and a token of which the mover knows only the digest. Whoever can read
/// what the cluster keeps of it cannot call the mover.
/// </summary>
internal sealed record MoverIdentity(string Host, string CertificatePem, string KeyPem, string Token)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const int TokenLength = 32;

    public string TokenDigest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token)));

    public static MoverIdentity Create(string mover, DateTimeOffset now, TimeSpan lifetime)
    {
        string host = $"{mover}.mover.waybill";
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=waybill mover", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));

        // Clocks of a cluster and of whoever works with it do not agree to the hour.
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now + lifetime + TimeSpan.FromDays(1));
        return new MoverIdentity(
            host, certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenLength)).TrimEnd('='));
    }
}
