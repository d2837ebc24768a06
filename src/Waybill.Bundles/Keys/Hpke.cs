using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>
/// HPKE (RFC 9180) in base mode for one message each: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, and AES-256-GCM without associated data.
/// The message is the encapsulated key, 65 bytes, followed by ciphertext and tag.
/// </summary>
internal static class Hpke
{
    public const ushort KemId = 0x0010;
    public const ushort KdfId = 0x0001;

    /// <summary>By how many bytes a message is longer than what it carries.</summary>
    public const int Overhead = P256Point.Size + OneTimeSeal.TagSize;

    private const int SharedSecretSize = 32;

    private static ReadOnlySpan<byte> KemSuite => "KEM\0\x10"u8;

    /// <summary>Seals a message for the owner of a valid point.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> info, ReadOnlySpan<byte> plaintext)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Seal(HpkeAead.Aes256Gcm, ephemeral, recipient, info, [], plaintext);
    }

    /// <summary>Seals with an ephemeral key that must not be used again; apart from <see cref="Seal(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> for published test vectors only.</summary>
    public static byte[] Seal(
        HpkeAead aead, ECDiffieHellman ephemeral, ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> info, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext)
    {
        byte[] message = new byte[Overhead + plaintext.Length];
        Span<byte> sharedSecret = stackalloc byte[SharedSecretSize];
        try
        {
            Encapsulate(ephemeral, recipient, message.AsSpan(0, P256Point.Size), sharedSecret);
            using var keys = HpkeKeys.Derive(aead, sharedSecret, info);
            using var aes = new AesGcm(keys.Key, OneTimeSeal.TagSize);
            Span<byte> ciphertext = message.AsSpan(P256Point.Size, plaintext.Length);
            aes.Encrypt(keys.BaseNonce, plaintext, ciphertext, message.AsSpan(P256Point.Size + plaintext.Length), associatedData);
            return message;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sharedSecret);
        }
    }

    /// <summary>Opens a message.</summary>
    /// <returns>What it carries, in a new array; null if it was not made for this key and this <paramref name="info"/>, or was changed.</returns>
    public static byte[]? Open(ECDiffieHellman privateKey, ReadOnlySpan<byte> info, ReadOnlySpan<byte> message) =>
        Open(HpkeAead.Aes256Gcm, privateKey, info, [], message);

    /// <summary>Opens a message of any of the suites with AES.</summary>
    public static byte[]? Open(
        HpkeAead aead, ECDiffieHellman privateKey, ReadOnlySpan<byte> info, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> message)
    {
        Span<byte> sharedSecret = stackalloc byte[SharedSecretSize];
        try
        {
            if (message.Length < Overhead || !TryDecapsulate(privateKey, message[..P256Point.Size], sharedSecret))
            {
                return null;
            }

            using var keys = HpkeKeys.Derive(aead, sharedSecret, info);
            return AesGcmOpening.Open(keys.Key, keys.BaseNonce, message[P256Point.Size..], associatedData);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sharedSecret);
        }
    }

    /// <summary>Encap of section 4.1: a fresh secret for the owner of a point.</summary>
    public static void Encapsulate(ECDiffieHellman ephemeral, ReadOnlySpan<byte> recipient, Span<byte> encapsulated, Span<byte> sharedSecret)
    {
        if (!P256Point.IsValid(recipient))
        {
            throw new ArgumentException("Not a point of P-256.", nameof(recipient));
        }

        P256Point.Export(ephemeral).CopyTo(encapsulated);
        using ECDiffieHellman other = P256Point.Import(recipient);
        byte[] agreed = ephemeral.DeriveRawSecretAgreement(other.PublicKey);
        Finish(agreed, encapsulated, recipient, sharedSecret);
    }

    /// <summary>Decap of section 4.1.</summary>
    /// <returns>False if what was encapsulated is not a valid point.</returns>
    public static bool TryDecapsulate(ECDiffieHellman privateKey, ReadOnlySpan<byte> encapsulated, Span<byte> sharedSecret)
    {
        if (!P256Point.IsValid(encapsulated))
        {
            return false;
        }

        byte[] agreed;
        try
        {
            using ECDiffieHellman other = P256Point.Import(encapsulated);
            agreed = privateKey.DeriveRawSecretAgreement(other.PublicKey);
        }
        catch (CryptographicException)
        {
            return false;
        }

        Finish(agreed, encapsulated, P256Point.Export(privateKey), sharedSecret);
        return true;
    }

    // ExtractAndExpand of section 4.1.
    private static void Finish(byte[] agreed, ReadOnlySpan<byte> encapsulated, ReadOnlySpan<byte> recipient, Span<byte> sharedSecret)
    {
        Span<byte> key = stackalloc byte[HpkeLabels.HashSize];
        Span<byte> context = stackalloc byte[2 * P256Point.Size];
        encapsulated.CopyTo(context);
        recipient.CopyTo(context[P256Point.Size..]);
        try
        {
            HpkeLabels.Extract(KemSuite, [], "eae_prk"u8, agreed, key);
            HpkeLabels.Expand(KemSuite, key, "shared_secret"u8, context, sharedSecret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(agreed);
        }
    }
}
