using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>Recipient type 3, spec 15.3: salt (32) ‖ seal under HKDF of a pre-shared key.</summary>
internal static class PresharedKeyWrap
{
    public const int SaltSize = 32;

    /// <summary>The fewest bytes a pre-shared key may have.</summary>
    public const int MinKeySize = 32;

    /// <summary>The most bytes this library takes as one.</summary>
    public const int MaxKeySize = 4096;

    public static byte[] Wrap(ReadOnlySpan<byte> presharedKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> keyBlock)
    {
        byte[] body = new byte[SaltSize + keyBlock.Length + OneTimeSeal.TagSize];
        Span<byte> salt = body.AsSpan(0, SaltSize);
        RandomNumberGenerator.Fill(salt);
        Span<byte> key = stackalloc byte[32];
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, presharedKey, key, salt, context);
            OneTimeSeal.Seal(key, keyBlock, body.AsSpan(SaltSize));
            return body;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public static byte[]? Unwrap(ReadOnlySpan<byte> presharedKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> body, int keyBlockSize)
    {
        if (body.Length != SaltSize + keyBlockSize + OneTimeSeal.TagSize)
        {
            return null;
        }

        Span<byte> key = stackalloc byte[32];
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, presharedKey, key, body[..SaltSize], context);
            return OneTimeSeal.Open(key, body[SaltSize..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Copies a pre-shared key after checking its length.</summary>
    public static byte[] Copy(ReadOnlySpan<byte> presharedKey) => presharedKey.Length is >= MinKeySize and <= MaxKeySize
        ? presharedKey.ToArray()
        : throw KeyErrors.Invalid(
            $"A pre-shared key of {presharedKey.Length} bytes is not used: it must have {MinKeySize} to {MaxKeySize}", "Make one of 32 random bytes.");
}
