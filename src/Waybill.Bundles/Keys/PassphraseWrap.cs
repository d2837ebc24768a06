using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Waybill.Bundles.Keys;

/// <summary>Recipient type 4, spec 15.3: salt (32) ‖ rounds (u32) ‖ seal under a key that PBKDF2-HMAC-SHA-512 makes of a passphrase.</summary>
internal static class PassphraseWrap
{
    public const int MinRounds = 600_000;
    public const int MaxRounds = 10_000_000;

    /// <summary>The most bytes of UTF-8 this library takes as a passphrase.</summary>
    public const int MaxSize = 4096;

    private const int SaltSize = 32;
    private const int HeadSize = SaltSize + sizeof(uint);

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Wrap(ReadOnlySpan<byte> passphrase, int rounds, ReadOnlySpan<byte> context, ReadOnlySpan<byte> keyBlock)
    {
        byte[] body = new byte[HeadSize + keyBlock.Length + OneTimeSeal.TagSize];
        Span<byte> salt = body.AsSpan(0, SaltSize);
        RandomNumberGenerator.Fill(salt);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(SaltSize), (uint)rounds);
        Span<byte> key = stackalloc byte[32];
        try
        {
            Derive(passphrase, rounds, salt, context, key);
            OneTimeSeal.Seal(key, keyBlock, body.AsSpan(HeadSize));
            return body;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <exception cref="BundleFormatException">
    /// <see cref="WaybillErrorCode.LimitExceeded"/>: the number of rounds is outside of what [E-09] allows; nothing was computed.
    /// </exception>
    public static byte[]? Unwrap(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> context, ReadOnlySpan<byte> body, int keyBlockSize)
    {
        if (body.Length != HeadSize + keyBlockSize + OneTimeSeal.TagSize)
        {
            return null;
        }

        uint rounds = BinaryPrimitives.ReadUInt32LittleEndian(body[SaltSize..]);
        RequireRounds(rounds);
        Span<byte> key = stackalloc byte[32];
        try
        {
            Derive(passphrase, (int)rounds, body[..SaltSize], context, key);
            return OneTimeSeal.Open(key, body[HeadSize..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Refuses rounds of a bundle that are too many to compute, or too few to be the work of an honest writer.</summary>
    public static void RequireRounds(uint rounds)
    {
        if (rounds is < MinRounds or > MaxRounds)
        {
            throw new BundleFormatException(
                WaybillErrorCode.LimitExceeded, $"The passphrase is to be worked on in {rounds} rounds; the format allows {MinRounds} to {MaxRounds}")
            {
                Hint = "The bundle was not made by an honest writer, or was damaged. Nothing was computed.",
            };
        }
    }

    /// <summary>Gets the UTF-8 of a passphrase.</summary>
    public static byte[] Encode(ReadOnlySpan<char> passphrase)
    {
        byte[] bytes;
        try
        {
            bytes = new byte[s_utf8.GetByteCount(passphrase)];
            s_utf8.GetBytes(passphrase, bytes);
        }
        catch (EncoderFallbackException)
        {
            // Without the inner exception: it quotes what it could not encode.
            throw KeyErrors.Invalid("The passphrase is not valid text");
        }

        if (bytes.Length is > 0 and <= MaxSize)
        {
            return bytes;
        }

        CryptographicOperations.ZeroMemory(bytes);
        throw KeyErrors.Invalid(bytes.Length == 0 ? "The passphrase is empty" : $"The passphrase is longer than {MaxSize} bytes");
    }

    private static void Derive(ReadOnlySpan<byte> passphrase, int rounds, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> context, Span<byte> key)
    {
        Span<byte> stretched = stackalloc byte[32];
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, stretched, rounds, HashAlgorithmName.SHA512);
            HKDF.DeriveKey(HashAlgorithmName.SHA256, stretched, key, salt, context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(stretched);
        }
    }
}
