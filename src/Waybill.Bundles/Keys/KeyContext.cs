namespace Waybill.Bundles.Keys;

/// <summary>What a wrapped key block is bound to, spec 15.3.</summary>
internal static class KeyContext
{
    /// <summary>Builds the context for one recipient of one bundle.</summary>
    public static byte[] Of(BundleId bundleId, RecipientType type, KeyScopes scopes, byte suite) =>
        [.. "WBL1-recipient\0"u8, .. bundleId.ToByteArray(), (byte)type, (byte)scopes, suite];
}
