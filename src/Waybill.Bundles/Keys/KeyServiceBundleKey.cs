using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>The right to use a key service, which opens bundles made for its keys; specification section 15.3, type 5.</summary>
public sealed class KeyServiceBundleKey : BundleKey
{
    private readonly KeyService _service;
    private readonly string? _keyName;

    /// <summary>Makes a key of a service.</summary>
    /// <param name="service">The service; it must stay usable as long as the key, and is not disposed with it.</param>
    /// <param name="keyName">
    /// The only key that is to be used; <see langword="null"/>: whichever the bundle names. Where names lead to places of others, as resource names
    /// of cloud services do, give the name: whoever made the bundle chose the one in it.
    /// </param>
    /// <exception cref="ArgumentException">The name is not one.</exception>
    public KeyServiceBundleKey(KeyService service, string? keyName = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        _service = service;
        _keyName = keyName is null ? null : KeyServiceWrap.RequireName(keyName);
    }

    /// <summary>Asks the service.</summary>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.KeyServiceFailed"/>: the service did not answer or refused. Other keys are tried before anybody learns of it.
    /// </exception>
    internal override ValueTask<byte[]?> TryUnwrapAsync(WrappedKey wrapped, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        int size = KeyBlock.SizeOf(wrapped.Scopes);
        return size == 0 || wrapped.Type != RecipientType.KeyService
            ? ValueTask.FromResult<byte[]?>(null)
            : KeyServiceWrap.UnwrapAsync(_service, _keyName, context, wrapped.Body, size, cancellationToken);
    }
}
