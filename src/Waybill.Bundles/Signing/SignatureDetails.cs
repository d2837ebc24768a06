namespace Waybill.Bundles;

/// <summary>What was found about one signature. Of one that is not <see cref="SignatureOutcome.Valid"/> every field is a claim.</summary>
public sealed record SignatureDetails
{
    /// <summary>Gets what the signed statement speaks of; <see cref="StatementKinds.None"/> if this version does not know, and then it never counts.</summary>
    public required StatementKinds Statement { get; init; }

    /// <summary>Gets what the signature amounts to; <see langword="null"/> if it is by a trusted key, but of a storage statement that could not be
    /// compared because not every record was read.</summary>
    public required SignatureOutcome? Outcome { get; init; }

    /// <summary>Gets the id of the key in hexadecimal digits: of the key that verified it, else of the one that the signature names (at most 32 bytes of it).</summary>
    public required string KeyId { get; init; }

    /// <summary>Gets the algorithm of the key that verified it, else the one that the signature names; <see langword="null"/> if it is none of this version.</summary>
    public SignatureAlgorithm? Algorithm { get; init; }

    /// <summary>Gets the subject of the signer's certificate, if the signature carries one that can be read.</summary>
    public string? CertificateSubject { get; init; }

    /// <summary>Gets when the signature existed, if an authority that the policy trusts has confirmed it.</summary>
    public Timestamp? SigningTime { get; init; }

    /// <summary>Gets what is wrong, in sentences; <see langword="null"/> if nothing is.</summary>
    public string? Problem { get; init; }
}
