namespace Waybill.Bundles.Signing;

/// <summary>Limits of signed statements, spec 13, and of the text files that hold them.</summary>
internal static class SignatureLimits
{
    public const int MaxStatementLength = 1024 * 1024;
    public const int MaxRecords = 64;
    public const int MaxSignatures = 16;
    public const int MaxCertificates = 8;
    public const int MaxLineLength = 1024 * 1024;
    public const int MaxLines = 64;

    public static BundleFormatException Exceeded(string what, long? place) => new(WaybillErrorCode.LimitExceeded, what) { Offset = place };
}
