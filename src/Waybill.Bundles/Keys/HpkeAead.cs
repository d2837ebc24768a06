namespace Waybill.Bundles.Keys;

/// <summary>Ciphers of RFC 9180 by their registered numbers. Bundles use AES-256-GCM; the others are what most published test vectors are for.</summary>
internal enum HpkeAead : ushort
{
    Aes128Gcm = 1,
    Aes256Gcm = 2,
    ChaCha20Poly1305 = 3,
}
