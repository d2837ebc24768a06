namespace Waybill;

/// <summary>A storage platform, a source or a target failed.</summary>
public sealed class ProviderException : WaybillException
{
    /// <summary>Makes an error.</summary>
    /// <param name="code">Its stable code.</param>
    /// <param name="provider">The platform, source or target.</param>
    /// <param name="message">What happened, in a sentence.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public ProviderException(WaybillErrorCode code, string provider, string message, Exception? innerException = null)
        : base(code, message, innerException)
    {
        Provider = provider;
    }

    /// <summary>Gets the platform, source or target that failed.</summary>
    public string Provider { get; }

    /// <summary>Gets the platform's own code, if it gave one.</summary>
    public string? VendorCode { get; init; }
}
