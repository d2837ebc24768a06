using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>Recipient type 2, spec 15.3: RSA-OAEP of SHA-256(context) ‖ key block. RSA binds to nothing by itself, so the digest goes inside.</summary>
internal static class RsaKeyWrap
{
    public static byte[] Wrap(RSA publicKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> keyBlock)
    {
        Span<byte> plaintext = stackalloc byte[SHA256.HashSizeInBytes + KeyBlock.MaxSize];
        plaintext = plaintext[..(SHA256.HashSizeInBytes + keyBlock.Length)];
        SHA256.HashData(context, plaintext);
        keyBlock.CopyTo(plaintext[SHA256.HashSizeInBytes..]);
        try
        {
            return publicKey.Encrypt(plaintext, RSAEncryptionPadding.OaepSHA256);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <returns>The key block in a new array; null if the body does not open, or was made for something else.</returns>
    public static byte[]? Unwrap(RSA privateKey, int modulusBits, ReadOnlySpan<byte> context, ReadOnlySpan<byte> body, int keyBlockSize)
    {
        if (body.Length != (modulusBits + 7) / 8)
        {
            return null;
        }

        byte[] plaintext;
        try
        {
            plaintext = privateKey.Decrypt(body, RSAEncryptionPadding.OaepSHA256);
        }
        catch (CryptographicException)
        {
            return null;
        }

        try
        {
            return plaintext.Length == SHA256.HashSizeInBytes + keyBlockSize
                && CryptographicOperations.FixedTimeEquals(plaintext.AsSpan(0, SHA256.HashSizeInBytes), SHA256.HashData(context))
                ? plaintext[SHA256.HashSizeInBytes..]
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}
