using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Sealing;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Keys;

/// <summary>Makes recipients whose ephemeral keys, salts and seeds follow from what they are for.</summary>
internal static class Recipients
{
    public const string Passphrase = "correct horse battery staple";

    public const uint Rounds = 600_000;

    /// <summary>Gets the pre-shared key of <see cref="Psk"/>.</summary>
    public static byte[] Preshared { get; } = SHA256.HashData("pre-shared key"u8);

    public static TestKey Point { get; } = TestKey.P256("recipient");

    public static VectorKey PskKey { get; } = new("psk", Convert.ToHexStringLower(Preshared));

    public static VectorKey PointKey { get; } = new("p256", Point.PrivatePem);

    public static VectorKey RsaKey { get; } = new("rsa", TestRsa.PrivatePem);

    public static VectorKey PassphraseKey { get; } = new("passphrase", Passphrase);

    public static Func<BundleKeys, Wire.Recipient> Psk(KeyScopes scopes = KeyScopes.All, byte[]? secret = null) => keys =>
    {
        byte[] salt = Fixed(keys, RecipientType.PresharedKey, scopes);
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret ?? Preshared, 32, salt, Context(keys, RecipientType.PresharedKey, scopes));
        return Of(RecipientType.PresharedKey, scopes, [], [.. salt, .. Seal(key, keys.ToKeyBlock(scopes))]);
    };

    public static Func<BundleKeys, Wire.Recipient> Hpke(TestKey to, KeyScopes scopes = KeyScopes.All, byte[]? block = null) => keys =>
    {
        using ECDiffieHellman recipient = to.ToAgreement();
        using ECDiffieHellman ephemeral = TestKey.P256($"ephemeral {keys.BundleId} {scopes}").ToAgreement();
        byte[] body = Bundles.Keys.Hpke.Seal(
            HpkeAead.Aes256Gcm, ephemeral, P256Point.Export(recipient), Context(keys, RecipientType.P256Hpke, scopes), [], block ?? keys.ToKeyBlock(scopes));
        return Of(RecipientType.P256Hpke, scopes, SHA256.HashData(to.PublicKey)[..16], body);
    };

    public static Func<BundleKeys, Wire.Recipient> Rsa(KeyScopes scopes = KeyScopes.All) => keys =>
    {
        byte[] message = [.. SHA256.HashData(Context(keys, RecipientType.RsaOaep256, scopes)), .. keys.ToKeyBlock(scopes)];
        return Of(RecipientType.RsaOaep256, scopes, SHA256.HashData(TestRsa.PublicKey)[..16], TestRsa.Encrypt(message, Fixed(keys, RecipientType.RsaOaep256, scopes)));
    };

    /// <summary>A passphrase.</summary>
    /// <param name="rounds">The rounds.</param>
    /// <param name="computed">The rounds that are computed, if others are stated: nobody should have to compute ten million to make a bundle that is refused.</param>
    public static Func<BundleKeys, Wire.Recipient> Pbkdf2(uint rounds = Rounds, uint? computed = null) => keys =>
    {
        byte[] salt = Fixed(keys, RecipientType.Pbkdf2, KeyScopes.All);
        byte[] secret = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(Passphrase), salt, (int)(computed ?? rounds), HashAlgorithmName.SHA512, 32);
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, salt, Context(keys, RecipientType.Pbkdf2, KeyScopes.All));
        var number = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, rounds);
        return Of(RecipientType.Pbkdf2, KeyScopes.All, [], [.. salt, .. number, .. Seal(key, keys.ToKeyBlock(KeyScopes.All))]);
    };

    /// <summary>A recipient of a type that is not defined.</summary>
    public static Func<BundleKeys, Wire.Recipient> Unknown(uint type = 99, uint scopes = 77) => _ =>
        new Wire.Recipient { Type = type, Scopes = scopes, KeyId = ByteString.CopyFromUtf8("?"), Body = ByteString.CopyFrom(0xFF, 0x00) };

    private static Wire.Recipient Of(RecipientType type, KeyScopes scopes, byte[] keyId, byte[] body) =>
        new() { Type = (uint)type, Scopes = (uint)scopes, KeyId = ByteString.CopyFrom(keyId), Body = ByteString.CopyFrom(body) };

    private static byte[] Context(BundleKeys keys, RecipientType type, KeyScopes scopes) => KeyContext.Of(keys.BundleId, type, scopes, (byte)keys.Suite);

    private static byte[] Fixed(BundleKeys keys, RecipientType type, KeyScopes scopes) => SHA256.HashData([.. "salt"u8, .. Context(keys, type, scopes)]);

    private static byte[] Seal(byte[] key, byte[] block)
    {
        var sealedBlock = new byte[block.Length + OneTimeSeal.TagSize];
        OneTimeSeal.Seal(key, block, sealedBlock);
        return sealedBlock;
    }
}
