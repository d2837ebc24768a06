namespace Waybill.Bundles.Signing;

/// <summary>Errors about keys that more than one reader of keys reports.</summary>
internal static class KeyErrors
{
    public static WaybillException Invalid(string message, Exception? cause = null) => new(WaybillErrorCode.KeyInvalid, message, cause);

    public static WaybillException MlDsaMissing() => new(WaybillErrorCode.PlatformUnsupported, "This system's cryptographic library has no ML-DSA-65")
    {
        Hint = "On Linux it takes OpenSSL 3.5 or later.",
    };
}
