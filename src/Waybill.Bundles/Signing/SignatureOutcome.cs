namespace Waybill.Bundles;

/// <summary>What the signatures of a bundle amount to under a <see cref="TrustPolicy"/> (specification S-04). Only <see cref="Valid"/> satisfies a demand.</summary>
/// <remarks>The values begin at 1, so that nothing forgotten is taken for valid.</remarks>
public enum SignatureOutcome
{
    /// <summary>As many different trusted keys as demanded signed statements that speak of this bundle.</summary>
    Valid = 1,

    /// <summary>A statement does not fit the bundle, or a signature that a trusted key should have made does not verify.</summary>
    Invalid = 2,

    /// <summary>There are signatures, but too few by trusted keys.</summary>
    Untrusted = 3,

    /// <summary>There is no signature.</summary>
#pragma warning disable CA1720 // The word of the specification; nobody takes it for a number here.
    Unsigned = 4,
#pragma warning restore CA1720
}
