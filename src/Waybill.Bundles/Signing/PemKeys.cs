using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;

namespace Waybill.Bundles.Signing;

/// <summary>Finds keys and certificates in PEM text.</summary>
internal static class PemKeys
{
    private const string PrivateKey = "PRIVATE KEY";
    private const string EncryptedPrivateKey = "ENCRYPTED PRIVATE KEY";
    private const string PublicKey = "PUBLIC KEY";
    private const string Certificate = "CERTIFICATE";

    /// <summary>Reads the one private key of a text, in PKCS #8. The caller clears the result.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: none, several, of another form, or the passphrase is missing or wrong.</exception>
    public static byte[] ReadPrivateKey(ReadOnlySpan<char> pem, ReadOnlySpan<char> passphrase)
    {
        List<(string Label, byte[] Content)> keys = [.. Read(pem).Where(b => b.Label.EndsWith(PrivateKey, StringComparison.Ordinal))];
        if (keys.Count != 1)
        {
            throw KeyErrors.Invalid(keys.Count == 0 ? "There is no private key in the text" : "There is more than one private key in the text");
        }

        (string label, byte[] content) = keys[0];
        return label switch
        {
            PrivateKey => content,
            EncryptedPrivateKey => Decrypt(content, passphrase),
            _ => throw KeyErrors.Invalid($"The private key has the form '{label}'; only PKCS #8 is read, to which openssl pkcs8 -topk8 converts it"),
        };
    }

    /// <summary>Reads the certificates of a text in their order.</summary>
    public static IEnumerable<byte[]> ReadCertificates(ReadOnlySpan<char> pem) => Read(pem).Where(b => b.Label == Certificate).Select(b => b.Content);

    /// <summary>Reads the one public key or certificate of a text.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: none, several, or a private key among them.</exception>
    public static (bool IsCertificate, byte[] Content) ReadPublic(ReadOnlySpan<char> pem)
    {
        List<(string Label, byte[] Content)> blocks = Read(pem);
        if (blocks.Any(b => b.Label.EndsWith(PrivateKey, StringComparison.Ordinal)))
        {
            throw KeyErrors.Invalid("This is a private key; a public key or a certificate is wanted");
        }

        List<(string Label, byte[] Content)> found = [.. blocks.Where(b => b.Label is PublicKey or Certificate)];
        return found.Count switch
        {
            1 => (found[0].Label == Certificate, found[0].Content),
            0 => throw KeyErrors.Invalid("There is no public key and no certificate in the text"),
            _ => throw KeyErrors.Invalid("There is more than one public key or certificate in the text"),
        };
    }

    private static byte[] Decrypt(byte[] content, ReadOnlySpan<char> passphrase)
    {
        if (passphrase.IsEmpty)
        {
            throw KeyErrors.Invalid("The private key is encrypted and no passphrase was given");
        }

        try
        {
            return Pkcs8PrivateKeyInfo.DecryptAndDecode(passphrase, content, out _).Encode();
        }
        catch (CryptographicException e)
        {
            throw KeyErrors.Invalid("The private key does not open with this passphrase", e);
        }
    }

    private static List<(string Label, byte[] Content)> Read(ReadOnlySpan<char> pem)
    {
        List<(string, byte[])> blocks = [];
        while (PemEncoding.TryFind(pem, out PemFields fields))
        {
            var content = new byte[fields.DecodedDataLength];
            Convert.TryFromBase64Chars(pem[fields.Base64Data], content, out _);
            blocks.Add((pem[fields.Label].ToString(), content));
            pem = pem[fields.Location.End..];
        }

        return blocks;
    }
}
