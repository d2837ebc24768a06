namespace Waybill.Bundles.Keys;

/// <summary>Errors that several kinds of keys report in the same words. None of them holds anything secret.</summary>
internal static class KeyErrors
{
    public static WaybillException Invalid(string message, string? hint = null, Exception? inner = null, string? name = null) =>
        new(WaybillErrorCode.KeyInvalid, message, inner) { Hint = hint, ObjectName = name };

    public static WaybillException ServiceFailed(string keyName, string message, Exception? inner = null, string? hint = null) =>
        new(WaybillErrorCode.KeyServiceFailed, message, inner) { ObjectName = keyName, Hint = hint };

    public static WaybillException MlDsaMissing() => new(WaybillErrorCode.PlatformUnsupported, "This system's cryptographic library has no ML-DSA-65")
    {
        Hint = "On Linux it takes OpenSSL 3.5 or later.",
    };
}
