using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>Opens AES-GCM; that something does not open is an answer here, not an exception.</summary>
internal static class AesGcmOpening
{
    /// <summary>Opens ciphertext ‖ tag.</summary>
    /// <returns>The plaintext in a new array; null if key, nonce, associated data and bytes do not belong together.</returns>
    public static byte[]? Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> associatedData)
    {
        int length = sealedBytes.Length - OneTimeSeal.TagSize;
        if (length < 0)
        {
            return null;
        }

        byte[] plaintext = new byte[length];
        using var aes = new AesGcm(key, OneTimeSeal.TagSize);
        try
        {
            aes.Decrypt(nonce, sealedBytes[..length], sealedBytes[length..], plaintext, associatedData);
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
