using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>Someone who will be able to open an encrypted bundle. Whoever writes needs no more than this, and cannot read back with it if it is a public key.</summary>
public abstract class BundleRecipient
{
    private protected BundleRecipient(KeyScopes scopes)
    {
        Scopes = scopes is KeyScopes.Metadata or KeyScopes.Data or KeyScopes.All
            ? scopes
            : throw new ArgumentOutOfRangeException(nameof(scopes), scopes, "A recipient opens Metadata, Data or All.");
    }

    /// <summary>Gets what the recipient can open.</summary>
    public KeyScopes Scopes { get; }

    internal abstract RecipientType Type { get; }

    /// <summary>Wraps the key block for this recipient, bound to <paramref name="context"/>.</summary>
    internal abstract ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> keyBlock, ReadOnlyMemory<byte> context, CancellationToken cancellationToken);
}
