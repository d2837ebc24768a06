using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Keys;

/// <summary>Whose signatures are demanded.</summary>
internal sealed record TrustRequest
{
    private const int MaxCertificateFile = 256 * 1024;

    /// <summary>Gets files of public keys or certificates that are trusted as such.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Gets files of certificates that others lead up to.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>Gets the same for authorities of time.</summary>
    public IReadOnlyList<string> TimestampRoots { get; init; } = [];

    public int Threshold { get; init; } = 1;

    /// <summary>Gets whether the stored bytes must be signed as well.</summary>
    public bool RequiresStorage { get; init; }

    /// <summary>Gets the file of signatures beside the bundle, if it was named.</summary>
    public string? Signatures { get; init; }

    /// <summary>Gets whether anybody's signature is demanded.</summary>
    public bool IsDemanded => Keys.Count + Roots.Count > 0;

    /// <summary>Reads keys and certificates.</summary>
    public async Task<TrustPolicy> ToPolicyAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (!IsDemanded)
        {
            return TrustPolicy.AcceptUnsigned;
        }

        List<X509Certificate2> roots = await ReadCertificatesAsync(Roots, cancellationToken).ConfigureAwait(false);
        List<X509Certificate2> timestampRoots = await ReadCertificatesAsync(TimestampRoots, cancellationToken).ConfigureAwait(false);
        try
        {
            TrustedKey[] keys = await ReadKeysAsync(cancellationToken).ConfigureAwait(false);
            TrustPolicy policy = roots.Count == 0 ? TrustPolicy.RequireSignature(keys, Threshold) : TrustPolicy.RequireCertificate(roots, Threshold);
            policy = roots.Count > 0 && keys.Length > 0 ? policy.WithKeys(keys) : policy;
            policy = timestampRoots.Count > 0 ? policy.WithTimestampRoots(timestampRoots) : policy;
            return (RequiresStorage ? policy.WithStatements(StatementKinds.All) : policy).WithTimeProvider(time);
        }
        finally
        {
            roots.Concat(timestampRoots).ToList().ForEach(certificate => certificate.Dispose());
        }
    }

    private async Task<TrustedKey[]> ReadKeysAsync(CancellationToken cancellationToken)
    {
        List<TrustedKey> keys = [];
        foreach (string path in Keys)
        {
            using KeyFile file = await KeyFile.LoadAsync(path, cancellationToken).ConfigureAwait(false);
            keys.Add(file.ToTrustedKey());
        }

        return keys.Distinct().Count() == keys.Count ? [.. keys] : throw new UsageException("--trust gives the same key twice.");
    }

    private static async Task<List<X509Certificate2>> ReadCertificatesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var certificates = new X509Certificate2Collection();
        foreach (string path in paths)
        {
            try
            {
                int before = certificates.Count;
                if (new FileInfo(path) is { Exists: true, Length: > MaxCertificateFile })
                {
                    throw new CryptographicException("It is too long.");
                }

                certificates.ImportFromPem(await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false));
                if (certificates.Count == before)
                {
                    throw new CryptographicException("There is none in it.");
                }
            }
            catch (CryptographicException error)
            {
                throw new WaybillException(WaybillErrorCode.KeyInvalid, $"The file holds no certificates that can be read: {error.Message}", error)
                {
                    ObjectName = path, Hint = "Give certificates in PEM.",
                };
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"The file cannot be read: {error.Message}", error) { ObjectName = path };
            }
        }

        return [.. certificates];
    }
}
