using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Waybill.Bundles.Keys;

/// <summary>The text of key files: PEM blocks (RFC 7468), each with a line before it that says what the key is for. docs/decisions/0020-key-files.md.</summary>
internal static class KeyFileText
{
    private const int MaxKeys = 64;
    private const string EncryptionLabel = "Waybill encryption key";
    private const string SigningLabel = "Waybill signing key";
    private const string IdLabel = "Key id: ";

    private static readonly SearchValues<char> s_idDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Reads all keys of a text.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>.</exception>
    public static List<KeyFileEntry> Read(ReadOnlySpan<char> text)
    {
        List<KeyFileEntry> entries = [];
        try
        {
            text = text.TrimStart('\uFEFF');
            while (PemEncoding.TryFind(text, out PemFields block))
            {
                if (ReadBlock(text, block) is { } entry)
                {
                    entries.Add(entry);
                }

                if (entries.Count > MaxKeys)
                {
                    throw KeyErrors.Invalid($"The file holds more than {MaxKeys} keys");
                }

                text = text[block.Location.End..];
            }

            return entries.Count > 0 ? entries : throw KeyErrors.Invalid("The file holds no key", "A key file is PEM: 'waybill key new --out FILE' makes one.");
        }
        catch
        {
            entries.ForEach(entry => entry.Clear());
            throw;
        }
    }

    /// <summary>Writes the public parts of keys.</summary>
    public static string WritePublic(IEnumerable<KeyFileEntry> entries)
    {
        var text = new StringBuilder();
        foreach (KeyFileEntry entry in entries)
        {
            SubjectPublicKey key = entry.PublicKey ?? throw Locked();
            text.Append(Heading(entry)).Append(PemEncoding.WriteString(PemBlocks.PublicKey, key.Encoded)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Writes keys with their private parts.</summary>
    /// <param name="entries">The keys.</param>
    /// <param name="passphrase">What protects them; empty for nothing.</param>
    /// <returns>The text in ASCII, which the caller clears.</returns>
    public static byte[] WritePrivate(IReadOnlyList<KeyFileEntry> entries, byte[] passphrase)
    {
        byte[] text = [];
        foreach (KeyFileEntry entry in entries)
        {
            PrivateKeyBytes key = entry.PrivateKey ?? throw (entry.IsLocked ? Locked() : KeyErrors.Invalid("A file of private keys holds no public ones"));
            byte[] encoded = passphrase.Length > 0 ? key.Encrypt(passphrase) : key.Export();
            char[] block = PemEncoding.Write(passphrase.Length > 0 ? PemBlocks.EncryptedPrivateKey : PemBlocks.PrivateKey, encoded);
            byte[] longer = [.. text, .. Encoding.ASCII.GetBytes(Heading(entry)), .. new byte[block.Length], (byte)'\n'];
            Encoding.ASCII.GetBytes(block, longer.AsSpan(longer.Length - 1 - block.Length));
            CryptographicOperations.ZeroMemory(encoded);
            CryptographicOperations.ZeroMemory(text);
            Array.Clear(block);
            text = longer;
        }

        return text;
    }

    public static WaybillException Locked() =>
        KeyErrors.Invalid("The private key is protected by a passphrase", "Give it: --passphrase, --passphrase-file or --passphrase-fd.");

    private static KeyFileEntry? ReadBlock(ReadOnlySpan<char> text, PemFields block)
    {
        string label = text[block.Label].ToString();
        if (label is not (PemBlocks.PrivateKey or PemBlocks.EncryptedPrivateKey or PemBlocks.PublicKey or PemBlocks.Certificate))
        {
            // Curve parameters, for example, often stand before a key and say nothing that the key does not.
            return PemBlocks.IsPrivateKey(label) ? throw PemBlocks.OtherForm(label) : null;
        }

        (KeyPurposes purposes, string? id) = ReadHeading(text[..block.Location.Start]);
        byte[] encoded = PemBlocks.Decode(text, block);
        try
        {
            switch (label)
            {
                case PemBlocks.PrivateKey:
                    PrivateKeyBytes key = PrivateKeyBytes.Import(encoded, purposes);
                    return new KeyFileEntry(purposes, key.PublicKey, key);
                case PemBlocks.EncryptedPrivateKey:
                    return new KeyFileEntry(purposes, (byte[])[.. encoded], id);
                case PemBlocks.Certificate:
                    return new KeyFileEntry(purposes, SubjectPublicKey.Import(OfCertificate(encoded))) { Certificate = [.. encoded] };
                default:
                    return new KeyFileEntry(purposes, SubjectPublicKey.Import(encoded));
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encoded);
        }
    }

    // Names, dates and usage of a certificate are not looked at: it only carries the key here.
    private static byte[] OfCertificate(byte[] encoded)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(encoded);
            return certificate.PublicKey.ExportSubjectPublicKeyInfo();
        }
        catch (CryptographicException e)
        {
            throw KeyErrors.Invalid("The certificate cannot be read", inner: e);
        }
    }

    private static (KeyPurposes Purposes, string? Id) ReadHeading(ReadOnlySpan<char> text)
    {
        KeyPurposes purposes = KeyPurposes.All;
        string? id = null;
        foreach (ReadOnlySpan<char> untrimmed in text.EnumerateLines())
        {
            ReadOnlySpan<char> line = untrimmed.Trim();
            if (line.SequenceEqual(EncryptionLabel))
            {
                purposes = KeyPurposes.Encryption;
            }
            else if (line.SequenceEqual(SigningLabel))
            {
                purposes = KeyPurposes.Signing;
            }
            else if (line.StartsWith(IdLabel) && line.Length == IdLabel.Length + (2 * SubjectPublicKey.IdSize) && !line[IdLabel.Length..].ContainsAnyExcept(s_idDigits))
            {
                id = line[IdLabel.Length..].ToString();
            }
        }

        return (purposes, id);
    }

    private static string Heading(KeyFileEntry entry)
    {
        string label = entry.Purposes switch
        {
            KeyPurposes.Encryption => EncryptionLabel + "\n",
            KeyPurposes.Signing => SigningLabel + "\n",
            _ => "",
        };
        return $"{label}{IdLabel}{entry.KeyId}\n";
    }
}
