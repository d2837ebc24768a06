using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles.Signing;

/// <summary>RFC 3161 time stamps over SHA-256 of a signature, spec 16.1.</summary>
internal static class TimestampTokens
{
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string Sha384 = "2.16.840.1.101.3.4.2.2";
    private const string Sha512 = "2.16.840.1.101.3.4.2.3";

    /// <summary>Has a time stamp made of a signature.</summary>
    /// <returns>The TimeStampToken in DER; it is of this signature and verifies under the certificate it carries.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyServiceFailed"/>: no answer, a refusal, or a token that does not verify.</exception>
    public static async ValueTask<byte[]> RequestAsync(TimestampAuthority authority, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken)
    {
        byte[] hash = SHA256.HashData(signature.Span);
        Rfc3161TimestampRequest request = Rfc3161TimestampRequest.CreateFromHash(
            hash, HashAlgorithmName.SHA256, nonce: RandomNumberGenerator.GetBytes(8), requestSignerCertificates: true);
        ReadOnlyMemory<byte> response = await authority.RequestAsync(request.Encode(), cancellationToken).ConfigureAwait(false);
        try
        {
            // Compares nonce and hash with the request, and verifies the token under the certificate it must carry.
            Rfc3161TimestampToken token = request.ProcessResponse(response, out int length);
            if (length == response.Length && token.VerifySignatureForHash(hash, HashAlgorithmName.SHA256, out X509Certificate2? signer))
            {
                signer.Dispose();
                return token.AsSignedCms().Encode();
            }
        }
        catch (CryptographicException e)
        {
            throw new WaybillException(WaybillErrorCode.KeyServiceFailed, "The time stamp authority refused, or its answer is not valid: " + e.Message, e);
        }

        throw new WaybillException(WaybillErrorCode.KeyServiceFailed, "The answer of the time stamp authority is not valid");
    }

    /// <summary>Verifies a token of a signature up to trusted roots, at the token's own time.</summary>
    /// <returns>The time, or what is wrong.</returns>
    public static (DateTimeOffset? Time, string? Problem) Verify(ReadOnlyMemory<byte> token, ReadOnlySpan<byte> signature, IReadOnlyList<X509Certificate2> roots)
    {
        X509Certificate2? signer = null;
        X509Certificate2Collection? carried = null;
        try
        {
            if (!Rfc3161TimestampToken.TryDecode(token, out Rfc3161TimestampToken? decoded, out int length) || length != token.Length)
            {
                return (null, "The time stamp cannot be read");
            }

            SignedCms cms = decoded.AsSignedCms();
            carried = cms.Certificates;
            if (!decoded.VerifySignatureForHash(SHA256.HashData(signature), HashAlgorithmName.SHA256, out signer, [.. roots]))
            {
                return (null, "The time stamp is not of this signature, or does not verify");
            }

            if (cms.SignerInfos[0].DigestAlgorithm.Value is not (Sha256 or Sha384 or Sha512))
            {
                return (null, "The time stamp uses a hash that is too weak");
            }

            DateTimeOffset time = decoded.TokenInfo.Timestamp;
            string? problem = CertificateChain.FindProblem(signer, carried, roots, time, TimeStamping);
            return problem is null ? (time, null) : (null, "The time stamp authority is not trusted: " + problem);
        }
        catch (CryptographicException)
        {
            return (null, "The time stamp cannot be read");
        }
        finally
        {
            foreach (X509Certificate2 certificate in carried ?? [])
            {
                certificate.Dispose();
            }
        }
    }
}
