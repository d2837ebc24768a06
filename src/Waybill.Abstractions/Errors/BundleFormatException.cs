namespace Waybill;

/// <summary>The bytes of a bundle are wrong: do not retry, do not trust.</summary>
public sealed class BundleFormatException : WaybillException
{
    /// <summary>Makes an error.</summary>
    /// <param name="code">Its stable code.</param>
    /// <param name="message">What is wrong, in a sentence.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public BundleFormatException(WaybillErrorCode code, string message, Exception? innerException = null)
        : base(code, message, innerException)
    {
    }
}
