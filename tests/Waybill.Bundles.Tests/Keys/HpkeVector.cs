using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Tests.Keys;

/// <summary>Published test vectors of HPKE in base mode with DHKEM(P-256, HKDF-SHA256) and HKDF-SHA256; the first encryption of each. Hexadecimal.</summary>
public sealed record HpkeVector(string Name, int Aead)
{
    public const string Info = "4f6465206f6e2061204772656369616e2055726e";
    public const string Plaintext = "4265617574792069732074727574682c20747275746820626561757479";
    public const string AssociatedData = "436f756e742d30";

    internal HpkeAead Cipher => (HpkeAead)Aead;

    public required string EphemeralPrivate { get; init; }

    public required string Encapsulated { get; init; }

    public required string RecipientPrivate { get; init; }

    public required string RecipientPublic { get; init; }

    public required string SharedSecret { get; init; }

    public required string Key { get; init; }

    public required string BaseNonce { get; init; }

    public required string Ciphertext { get; init; }

    public static TheoryData<HpkeVector> All() =>
    [
        new("RFC 9180, appendix A.3.1", (int)HpkeAead.Aes128Gcm)
        {
            EphemeralPrivate = "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb",
            Encapsulated = "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
            RecipientPrivate = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
            RecipientPublic = "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
            SharedSecret = "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8",
            Key = "868c066ef58aae6dc589b6cfdd18f97e",
            BaseNonce = "4e0bc5018beba4bf004cca59",
            Ciphertext = "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
        },
        new("RFC 9180, appendix A.5.1", (int)HpkeAead.ChaCha20Poly1305)
        {
            EphemeralPrivate = "7550253e1147aae48839c1f8af80d2770fb7a4c763afe7d0afa7e0f42a5b3689",
            Encapsulated = "04c07836a0206e04e31d8ae99bfd549380b072a1b1b82e563c935c095827824fc1559eac6fb9e3c70cd3193968994e7fe9781aa103f5b50e934b5b2f387e381291",
            RecipientPrivate = "a4d1c55836aa30f9b3fbb6ac98d338c877c2867dd3a77396d13f68d3ab150d3b",
            RecipientPublic = "04a697bffde9405c992883c5c439d6cc358170b51af72812333b015621dc0f40bad9bb726f68a5c013806a790ec716ab8669f84f6b694596c2987cf35baba2a006",
            SharedSecret = "806520f82ef0b03c823b7fc524b6b55a088f566b9751b89551c170f4113bd850",
            Key = "a8f45490a92a3b04d1dbf6cf2c3939ad8bfc9bfcb97c04bffe116730c9dfe3fc",
            BaseNonce = "726b4390ed2209809f58c693",
            Ciphertext = "6469c41c5c81d3aa85432531ecf6460ec945bde1eb428cb2fedf7a29f5a685b4ccb0d057f03ea2952a27bb458b",
        },
        new("the complete vectors that RFC 9180, appendix A, refers to: mode 0, KEM 16, KDF 1, AEAD 2", (int)HpkeAead.Aes256Gcm)
        {
            EphemeralPrivate = "90345e3a1d116c1dd39ae76d95ab858c142223a63e44f8f85318cfa91a84858e",
            Encapsulated = "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0",
            RecipientPrivate = "317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2",
            RecipientPublic = "04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e2073d2356c",
            SharedSecret = "48893fecd82f7c3456af6a42d8f56325d21e08c10fa81299986aaff54cde7b49",
            Key = "ee16802a936d5f544771131900ee6973d0551de9e852ece2ef34bf0d5f9e1d1d",
            BaseNonce = "9bc50980832a7b4b58c40161",
            Ciphertext = "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f",
        },
    ];

    public override string ToString() => Name;
}
