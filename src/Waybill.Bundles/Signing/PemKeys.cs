using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Signing;

/// <summary>Finds the one key that is meant in PEM text, and certificates. Files with keys for several purposes are for <see cref="KeyFile"/>.</summary>
internal static class PemKeys
{
    /// <summary>Reads the one private key of a text, in PKCS #8. The caller disposes it.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: none, several, of another form, or the passphrase is missing or wrong;
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/>.</exception>
    public static PrivateKeyBytes ReadPrivateKey(ReadOnlySpan<char> pem, ReadOnlySpan<char> passphrase)
    {
        List<(string Label, byte[] Content)> blocks = Read(pem);
        try
        {
            List<(string Label, byte[] Content)> keys = [.. blocks.Where(b => PemBlocks.IsPrivateKey(b.Label))];
            if (keys.Count != 1)
            {
                throw KeyErrors.Invalid(keys.Count == 0 ? "There is no private key in the text" : "There is more than one private key in the text");
            }

            (string label, byte[] content) = keys[0];
            return label switch
            {
                PemBlocks.PrivateKey => PrivateKeyBytes.Import(content, KeyPurposes.Signing),
                PemBlocks.EncryptedPrivateKey => Decrypt(content, passphrase),
                _ => throw PemBlocks.OtherForm(label),
            };
        }
        finally
        {
            blocks.ForEach(b => CryptographicOperations.ZeroMemory(b.Content));
        }
    }

    /// <summary>Reads the certificates of a text in their order.</summary>
    public static IEnumerable<byte[]> ReadCertificates(ReadOnlySpan<char> pem) => Read(pem).Where(b => b.Label == PemBlocks.Certificate).Select(b => b.Content);

    /// <summary>Reads the one public key or certificate of a text.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: none, several, or a private key among them.</exception>
    public static (bool IsCertificate, byte[] Content) ReadPublic(ReadOnlySpan<char> pem)
    {
        List<(string Label, byte[] Content)> blocks = Read(pem);
        if (blocks.Any(b => PemBlocks.IsPrivateKey(b.Label)))
        {
            throw KeyErrors.Invalid("This is a private key; a public key or a certificate is wanted");
        }

        List<(string Label, byte[] Content)> found = [.. blocks.Where(b => b.Label is PemBlocks.PublicKey or PemBlocks.Certificate)];
        return found.Count switch
        {
            1 => (found[0].Label == PemBlocks.Certificate, found[0].Content),
            0 => throw KeyErrors.Invalid("There is no public key and no certificate in the text"),
            _ => throw KeyErrors.Invalid("There is more than one public key or certificate in the text"),
        };
    }

    private static PrivateKeyBytes Decrypt(byte[] content, ReadOnlySpan<char> passphrase)
    {
        if (passphrase.IsEmpty)
        {
            throw KeyErrors.Invalid("The private key is encrypted and no passphrase was given");
        }

        byte[] bytes = PassphraseWrap.Encode(passphrase);
        try
        {
            return PrivateKeyBytes.Decrypt(content, bytes, KeyPurposes.Signing);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static List<(string Label, byte[] Content)> Read(ReadOnlySpan<char> pem)
    {
        List<(string, byte[])> blocks = [];
        while (PemEncoding.TryFind(pem, out PemFields fields))
        {
            blocks.Add((pem[fields.Label].ToString(), PemBlocks.Decode(pem, fields)));
            pem = pem[fields.Location.End..];
        }

        return blocks;
    }
}
