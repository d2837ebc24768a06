using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>The <i>seal</i> of spec 15.3: AES-256-GCM with a nonce of zeros, which is safe because each of these keys is used once.</summary>
internal static class OneTimeSeal
{
    public const int TagSize = 16;

    private const int NonceSize = 12;

    /// <summary>Seals into <paramref name="destination"/>, which is longer by <see cref="TagSize"/> bytes.</summary>
    public static void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        nonce.Clear();
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination.Slice(plaintext.Length, TagSize));
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <returns>The plaintext in a new array; null if it does not open under this key.</returns>
    public static byte[]? Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedBytes)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        nonce.Clear();
        return AesGcmOpening.Open(key, nonce, sealedBytes, []);
    }
}
