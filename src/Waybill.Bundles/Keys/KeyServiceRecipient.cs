using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>Whoever may use a key of a key service; specification section 15.3, type 5. The key never leaves the service.</summary>
/// <remarks>As safe for concurrent callers as the service is.</remarks>
public sealed class KeyServiceRecipient : BundleRecipient
{
    private readonly KeyService _service;

    /// <summary>Makes a recipient of a key of a service.</summary>
    /// <param name="service">The service; it must stay usable until the bundle is begun.</param>
    /// <param name="keyName">The name by which the service knows the key: 1 to 2 048 bytes in UTF-8 without control characters. It stands readable in the bundle.</param>
    /// <param name="scopes">What the recipient will be able to open.</param>
    /// <exception cref="ArgumentException">The name is not one.</exception>
    public KeyServiceRecipient(KeyService service, string keyName, KeyScopes scopes = KeyScopes.All)
        : base(scopes)
    {
        ArgumentNullException.ThrowIfNull(service);
        _service = service;
        KeyName = KeyServiceWrap.RequireName(keyName);
    }

    /// <summary>Gets the name by which the service knows the key.</summary>
    public string KeyName { get; }

    internal override RecipientType Type => RecipientType.KeyService;

    internal override async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> keyBlock, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        KeyBlock.Require(keyBlock, Scopes);
        byte[] body = await KeyServiceWrap.WrapAsync(_service, KeyName, context, keyBlock, cancellationToken).ConfigureAwait(false);
        return new WrappedKey(Type, Scopes, default, body);
    }
}
