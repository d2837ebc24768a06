using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>One signature of a statement as it was read or made. Nothing here is to be believed before a <see cref="TrustPolicy"/> has judged it.</summary>
public sealed class StatementSignature
{
    internal StatementSignature(
        string algorithm, ReadOnlyMemory<byte> keyId, ReadOnlyMemory<byte> signature, ImmutableArray<ReadOnlyMemory<byte>> certificates = default, ReadOnlyMemory<byte> timestamp = default)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        Signature = signature;
        Certificates = certificates.IsDefault ? [] : certificates;
        Timestamp = timestamp;
    }

    /// <summary>Gets the name of the algorithm, such as <c>ecdsa-p256-sha256</c>. A hint: the key decides.</summary>
    public string Algorithm { get; }

    /// <summary>Gets the id of the key, by custom the first 16 bytes of SHA-256 of its SubjectPublicKeyInfo. A hint.</summary>
    public ReadOnlyMemory<byte> KeyId { get; }

    /// <summary>Gets the signature in the form of its algorithm, specification section 16.1.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Gets the certificates in DER, the signer's first; at most 8.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Certificates { get; }

    /// <summary>Gets the RFC 3161 TimeStampToken over the signature in DER; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Timestamp { get; }
}
