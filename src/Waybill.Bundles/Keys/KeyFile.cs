using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>
/// A file of keys in PEM: private keys as PKCS #8, plain or protected by a passphrase, public keys as SubjectPublicKeyInfo or in certificates.
/// A line before a key says what it is for; a key without one is used for whatever is asked, if it is the only one. docs/decisions/0020-key-files.md.
/// </summary>
/// <remarks>Other programs read these files, openssl for one, and theirs are read. Disposing it clears private keys from memory. Not for several threads at once.</remarks>
public sealed class KeyFile : IDisposable
{
    private const int MaxSize = 256 * 1024;

    private readonly List<KeyFileEntry> _keys;
    private readonly string? _name;

    private KeyFile(List<KeyFileEntry> keys, string? name) => (_keys, _name) = (keys, name);

    /// <summary>Gets the keys in the order of the file.</summary>
    public IReadOnlyList<KeyFileEntry> Keys => _keys;

    /// <summary>Gets whether a private key needs a passphrase that was not given yet.</summary>
    public bool IsLocked => _keys.Exists(key => key.IsLocked);

    /// <summary>Makes new keys on P-256, one for each purpose.</summary>
    /// <param name="purposes">What they are for. A key for everything would be used for two things, so <see cref="KeyPurposes.All"/> makes two keys.</param>
    /// <returns>The keys, not stored yet; the caller disposes them.</returns>
    public static KeyFile Generate(KeyPurposes purposes = KeyPurposes.All)
    {
        if (purposes is KeyPurposes.None or > KeyPurposes.All)
        {
            throw new ArgumentOutOfRangeException(nameof(purposes), purposes, "A key is for encryption, for signing or for both.");
        }

        List<KeyFileEntry> keys = [];
        foreach (KeyPurposes purpose in (KeyPurposes[])[KeyPurposes.Encryption, KeyPurposes.Signing])
        {
            if (purposes.HasFlag(purpose))
            {
                var key = PrivateKeyBytes.Generate(purpose);
                keys.Add(new KeyFileEntry(purpose, key.PublicKey, key));
            }
        }

        return new KeyFile(keys, name: null);
    }

    /// <summary>Reads a file. Private keys that are protected by a passphrase stay locked until <see cref="Unlock"/>.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The keys, at least one; the caller disposes them.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: the file is not there, or may not be read.</exception>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.KeyInvalid"/>: it holds no key or one that is not used; or it holds a private key, belongs to the user of this process, and others may read or
    /// write it. On Windows nobody checks that. <see cref="WaybillErrorCode.PlatformUnsupported"/>: it holds an ML-DSA-65 key, and the system has no such algorithm.
    /// </exception>
    public static async Task<KeyFile> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        (byte[] content, bool isExposed) = await SecretFile.ReadAnyAsync(path, MaxSize, cancellationToken).ConfigureAwait(false);
        char[] text = new char[content.Length];
        try
        {
            KeyFile file;
            try
            {
                // What is not ASCII is a comment, in whatever encoding.
                Encoding.Latin1.GetChars(content, text);
                file = new KeyFile(KeyFileText.Read(text.AsSpan().TrimStart("\u00EF\u00BB\u00BF")), path);
            }
            catch (WaybillException e)
            {
                throw Named(e, path);
            }

            if (isExposed && file._keys.Exists(key => key.IsPrivate))
            {
                file.Dispose();
                throw SecretFile.Exposed(path);
            }

            return file;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
            Array.Clear(text);
        }
    }

    /// <summary>Reads keys from text.</summary>
    /// <param name="text">PEM, with or without text around the blocks.</param>
    /// <returns>The keys, at least one; the caller disposes them.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: there is no key, or one that is not used.
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/>: there is an ML-DSA-65 key, and the system has no such algorithm.</exception>
    public static KeyFile Parse(ReadOnlySpan<char> text) => new(KeyFileText.Read(text), name: null);

    /// <summary>Opens all private keys that are protected by a passphrase.</summary>
    /// <param name="passphrase">The passphrase; 1 to 4 096 bytes in UTF-8.</param>
    /// <remarks>Takes as long as the file asks for, usually some tenths of a second for each key.</remarks>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: it is another one, or a key in it is not used.
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/>: it opens an ML-DSA-65 key, and the system has no such algorithm.</exception>
    public void Unlock(ReadOnlySpan<char> passphrase)
    {
        byte[] bytes = PassphraseWrap.Encode(passphrase);
        try
        {
            foreach (KeyFileEntry key in _keys)
            {
                key.Unlock(bytes);
            }
        }
        catch (WaybillException e)
        {
            throw Named(e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Stores the private keys in a new file that only its owner may read. What exists is never replaced.</summary>
    /// <param name="path">The name of the file.</param>
    /// <param name="passphrase">
    /// What protects the keys, 1 to 4 096 bytes in UTF-8 (PBES2 with AES-256 and 600 000 rounds of PBKDF2-HMAC-SHA-256); empty to store them as they are.
    /// </param>
    /// <param name="cancellationToken">Ends the call early; then there is no file.</param>
    /// <returns>A task that completes when the file is whole and on the disk.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetExists"/>, or the file could not be written.</exception>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: a key is locked or is not a private one, or the passphrase is not valid text.</exception>
    public async Task SaveAsync(string path, ReadOnlyMemory<char> passphrase = default, CancellationToken cancellationToken = default)
    {
        byte[] secret = passphrase.IsEmpty ? [] : PassphraseWrap.Encode(passphrase.Span);
        byte[] text = [];
        try
        {
            text = KeyFileText.WritePrivate(_keys, secret);
            await SecretFile.CreateAsync(path, text, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Gets the public parts of all keys as PEM, to be given to others.</summary>
    /// <returns>The text.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: a key is locked.</exception>
    public string ToPublicPem()
    {
        try
        {
            return KeyFileText.WritePublic(_keys);
        }
        catch (WaybillException e)
        {
            throw Named(e);
        }
    }

    /// <summary>Gets the private key for encryption, which opens bundles.</summary>
    /// <returns>A key of its own, independent of this object; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: there is none, or more than one, or it is locked, or it is on P-384.</exception>
    public PrivateBundleKey ToBundleKey()
    {
        KeyFileEntry entry = Select(KeyPurposes.Encryption, isPrivate: true);
        PrivateKeyBytes key = entry.PrivateKey!;
        switch (key.PublicKey.Kind)
        {
            case KeyKind.P256:
                return PrivateBundleKey.FromKey(key.ToAgreement());
            case KeyKind.Rsa:
                return PrivateBundleKey.FromKey(key.ToRsa());
            default:
                throw Named(KeyErrors.Invalid($"A {entry.Algorithm} key cannot open bundles: P-256 and RSA can"));
        }
    }

    /// <summary>Gets the public key for encryption as someone a bundle can be made for.</summary>
    /// <param name="scopes">What the recipient will be able to open.</param>
    /// <returns>The recipient.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.KeyInvalid"/>: there is none, or more than one, or it is on P-384; or the file holds private keys, which do not belong on a machine that only writes.
    /// </exception>
    public PublicKeyRecipient ToRecipient(KeyScopes scopes = KeyScopes.All)
    {
        KeyFileEntry entry = Select(KeyPurposes.Encryption, isPrivate: false);
        try
        {
            return new PublicKeyRecipient(entry.PublicKey!, scopes);
        }
        catch (WaybillException e)
        {
            throw Named(e);
        }
    }

    /// <summary>Gets the private key for signing, with the certificates of the file.</summary>
    /// <param name="timestampAuthority">Who confirms the time of each signature, if anybody. Stays the caller's.</param>
    /// <returns>A signer of its own, independent of this object; the caller disposes it.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.KeyInvalid"/>: there is none, or more than one, or it is locked; or the first certificate is that of another key.
    /// </exception>
    public BundleSigner ToSigner(TimestampAuthority? timestampAuthority = null)
    {
        PrivateKeyBytes key = Select(KeyPurposes.Signing, isPrivate: true).PrivateKey!;
        List<X509Certificate2> certificates = [.. _keys.Where(entry => entry.Certificate is not null).Select(entry => X509CertificateLoader.LoadCertificate(entry.Certificate!))];
        SigningKey owned = SigningKey.Of(key);
        try
        {
            return new PrivateKeySigner(owned, certificates, timestampAuthority);
        }
        catch (WaybillException e)
        {
            owned.Owned?.Dispose();
            throw Named(e);
        }
        finally
        {
            certificates.ForEach(certificate => certificate.Dispose());
        }
    }

    /// <summary>Gets the public key for signing as one whose signatures count.</summary>
    /// <returns>The key.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: there is none, or more than one; or the file holds private keys.</exception>
    public TrustedKey ToTrustedKey() => TrustedKey.FromSubjectPublicKeyInfo(Select(KeyPurposes.Signing, isPrivate: false).PublicKey!.Encoded);

    /// <summary>Clears private keys from memory.</summary>
    public void Dispose() => _keys.ForEach(key => key.Clear());

    /// <summary>Finds the one key that can be meant.</summary>
    internal KeyFileEntry Select(KeyPurposes purpose, bool isPrivate)
    {
        KeyFileEntry[] ofKind = [.. _keys.Where(key => key.IsPrivate == isPrivate)];
        KeyFileEntry[] meant = [.. ofKind.Where(key => key.Purposes == purpose)];
        if (meant.Length == 0)
        {
            meant = [.. ofKind.Where(key => key.Purposes == KeyPurposes.All)];
        }

        string what = purpose == KeyPurposes.Signing ? "signing" : "encryption";
        if (meant.Length != 1)
        {
            throw Named((meant.Length, ofKind.Length, isPrivate) switch
            {
                ( > 1, _, _) => KeyErrors.Invalid($"The file holds {meant.Length} keys that could be meant for {what}", "Put each into a file of its own."),
                (_, > 0, _) => KeyErrors.Invalid($"The file holds no key for {what}"),
                (_, _, true) => KeyErrors.Invalid("The file holds no private key"),
                _ => KeyErrors.Invalid("The file holds a private key; give the public one", "'waybill key public FILE' prints it."),
            });
        }

        return meant[0].IsLocked ? throw Named(KeyFileText.Locked()) : meant[0];
    }

    private WaybillException Named(WaybillException error) => Named(error, _name);

    private static WaybillException Named(WaybillException error, string? name) =>
        name is null || error.ObjectName is not null ? error : new WaybillException(error.Code, error.Message, error.InnerException) { Hint = error.Hint, ObjectName = name };
}
