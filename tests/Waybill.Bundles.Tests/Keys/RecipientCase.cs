using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Tests.Keys;

/// <summary>A recipient of one type, the key that opens for it, and one of the same type that does not. Disposing it disposes all of them.</summary>
internal sealed class RecipientCase : IDisposable
{
    private RecipientCase(BundleRecipient recipient, BundleKey key, BundleKey otherKey) => (Recipient, Key, OtherKey) = (recipient, key, otherKey);

    public BundleRecipient Recipient { get; }

    public BundleKey Key { get; }

    public BundleKey OtherKey { get; }

    public static RecipientCase Of(string type, KeyScopes scopes = KeyScopes.All)
    {
        switch (type)
        {
            case "p256":
            {
                var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
                return new(
                    PublicKeyRecipient.FromKey(key, scopes), PrivateBundleKey.FromKey(key),
                    PrivateBundleKey.FromKey(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256)));
            }

            case "rsa":
            {
                RSA key = KeyLab.Rsa();
                return new(PublicKeyRecipient.FromKey(key, scopes), PrivateBundleKey.FromKey(key), PrivateBundleKey.FromKey(KeyLab.Rsa(other: true)));
            }

            case "psk":
            {
                byte[] key = RandomNumberGenerator.GetBytes(32);
                return new(new PresharedKeyRecipient(key, scopes), new PresharedBundleKey(key), new PresharedBundleKey(RandomNumberGenerator.GetBytes(32)));
            }

            case "passphrase":
                return new(
                    new PassphraseRecipient("correct horse battery staple", scopes), new PassphraseBundleKey("correct horse battery staple"),
                    new PassphraseBundleKey("correct horse battery stable"));

            default:
            {
                var service = new MemoryKeyService();
                return new(
                    new KeyServiceRecipient(service, "vault/key 1", scopes), new KeyServiceBundleKey(service), new KeyServiceBundleKey(new MemoryKeyService()));
            }
        }
    }

    public ValueTask<WrappedKey> WrapAsync(byte[] keyBlock) =>
        Recipient.WrapAsync(keyBlock, KeyLab.Context(Recipient.Type, Recipient.Scopes), CancellationToken.None);

    public ValueTask<byte[]?> OpenAsync(WrappedKey wrapped) =>
        Key.TryUnwrapAsync(wrapped, KeyLab.Context(wrapped.Type, wrapped.Scopes), CancellationToken.None);

    public void Dispose()
    {
        (Recipient as IDisposable)?.Dispose();
        Key.Dispose();
        OtherKey.Dispose();
    }
}
