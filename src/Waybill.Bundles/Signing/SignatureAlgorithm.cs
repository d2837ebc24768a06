namespace Waybill.Bundles;

/// <summary>How a key signs, specification section 16.1. The key decides, never the statement.</summary>
public enum SignatureAlgorithm
{
    /// <summary>ECDSA on P-256 with SHA-256; the signature is r ‖ s, 64 bytes.</summary>
    EcdsaP256Sha256 = 1,

    /// <summary>ECDSA on P-384 with SHA-384; the signature is r ‖ s, 96 bytes.</summary>
    EcdsaP384Sha384 = 2,

    /// <summary>RSASSA-PSS with SHA-256 and a salt of 32 bytes, keys of 3 072 bits and more; the signature is as long as the modulus.</summary>
    RsaPssSha256 = 3,

    /// <summary>ML-DSA-65 (FIPS 204) with an empty context; 3 309 bytes. Not on every platform.</summary>
    MlDsa65 = 4,
}
