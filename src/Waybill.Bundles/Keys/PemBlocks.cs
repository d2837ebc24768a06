using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>The blocks of PEM text (RFC 7468) that hold keys and certificates.</summary>
internal static class PemBlocks
{
    public const string PrivateKey = "PRIVATE KEY";
    public const string EncryptedPrivateKey = "ENCRYPTED PRIVATE KEY";
    public const string PublicKey = "PUBLIC KEY";
    public const string Certificate = "CERTIFICATE";

    /// <summary>Whether a block holds a private key, in whatever form.</summary>
    public static bool IsPrivateKey(string label) => label.EndsWith(PrivateKey, StringComparison.Ordinal);

    /// <summary>Gets the bytes of a block, which the caller clears if they are secret.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>.</exception>
    public static byte[] Decode(ReadOnlySpan<char> text, PemFields block)
    {
        var content = new byte[block.DecodedDataLength];
        if (Convert.TryFromBase64Chars(text[block.Base64Data], content, out int length) && length == content.Length)
        {
            return content;
        }

        CryptographicOperations.ZeroMemory(content);
        throw KeyErrors.Invalid("A key in the file is damaged");
    }

    /// <summary>Refuses a private key that is not PKCS #8.</summary>
    public static WaybillException OtherForm(string label) => KeyErrors.Invalid(
        $"The private key is in the form '{label}', which is not read: it must be PKCS #8", "Convert it: openssl pkcs8 -topk8 -in FILE -out NEWFILE.");
}
