using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>The key schedule of RFC 9180, section 5.1, base mode with HKDF-SHA256: what follows from a shared secret. Disposing it clears it.</summary>
internal sealed class HpkeKeys : IDisposable
{
    private const byte BaseMode = 0;

    private HpkeKeys(byte[] key, byte[] baseNonce) => (Key, BaseNonce) = (key, baseNonce);

    public byte[] Key { get; }

    public byte[] BaseNonce { get; }

    /// <summary>Derives key and nonce.</summary>
    /// <param name="aead">The cipher they are for.</param>
    /// <param name="sharedSecret">What the key encapsulation gave.</param>
    /// <param name="info">What they are bound to.</param>
    public static HpkeKeys Derive(HpkeAead aead, ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> info)
    {
        Span<byte> suite = stackalloc byte[10];
        "HPKE"u8.CopyTo(suite);
        BinaryPrimitives.WriteUInt16BigEndian(suite[4..], Hpke.KemId);
        BinaryPrimitives.WriteUInt16BigEndian(suite[6..], Hpke.KdfId);
        BinaryPrimitives.WriteUInt16BigEndian(suite[8..], (ushort)aead);

        Span<byte> context = stackalloc byte[1 + (2 * HpkeLabels.HashSize)];
        context[0] = BaseMode;
        HpkeLabels.Extract(suite, [], "psk_id_hash"u8, [], context.Slice(1, HpkeLabels.HashSize));
        HpkeLabels.Extract(suite, [], "info_hash"u8, info, context[(1 + HpkeLabels.HashSize)..]);

        Span<byte> secret = stackalloc byte[HpkeLabels.HashSize];
        try
        {
            HpkeLabels.Extract(suite, sharedSecret, "secret"u8, [], secret);
            byte[] key = new byte[aead == HpkeAead.Aes128Gcm ? 16 : 32];
            byte[] baseNonce = new byte[12];
            HpkeLabels.Expand(suite, secret, "key"u8, context, key);
            HpkeLabels.Expand(suite, secret, "base_nonce"u8, context, baseNonce);
            return new HpkeKeys(key, baseNonce);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Key);
        CryptographicOperations.ZeroMemory(BaseNonce);
    }
}
