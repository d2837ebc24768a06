using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>One key of a <see cref="KeyFile"/>. Shows nothing secret.</summary>
public sealed class KeyFileEntry
{
    private readonly string? _statedId;
    private byte[]? _locked;

    internal KeyFileEntry(KeyPurposes purposes, SubjectPublicKey publicKey, PrivateKeyBytes? privateKey = null)
    {
        Purposes = purposes;
        PublicKey = publicKey;
        PrivateKey = privateKey;
        IsPrivate = privateKey is not null;
    }

    internal KeyFileEntry(KeyPurposes purposes, byte[] locked, string? statedId)
    {
        Purposes = purposes;
        IsPrivate = true;
        _locked = locked;
        _statedId = statedId;
    }

    /// <summary>Gets what the key is for, as the text before it says; <see cref="KeyPurposes.All"/> if there is none.</summary>
    public KeyPurposes Purposes { get; }

    /// <summary>Gets whether it is a private key.</summary>
    public bool IsPrivate { get; }

    /// <summary>Gets whether the key is protected by a passphrase that was not given yet.</summary>
    public bool IsLocked => _locked is not null;

    /// <summary>
    /// Gets the id of the key: 32 hexadecimal digits, the first 16 bytes of SHA-256 of its SubjectPublicKeyInfo. Of a locked key what the text before it says, which
    /// nothing proves; <see langword="null"/> if it says nothing.
    /// </summary>
    public string? KeyId => PublicKey?.IdText ?? _statedId;

    /// <summary>Gets the algorithm, such as <c>P-256</c> or <c>RSA-3072</c>; <see langword="null"/> of a locked key.</summary>
    public string? Algorithm => PublicKey?.Algorithm;

    internal SubjectPublicKey? PublicKey { get; private set; }

    internal PrivateKeyBytes? PrivateKey { get; private set; }

    /// <summary>Gets the certificate in DER, if the key came in one.</summary>
    internal byte[]? Certificate { get; init; }

    internal void Unlock(ReadOnlySpan<byte> passphrase)
    {
        if (_locked is not null)
        {
            PrivateKey = PrivateKeyBytes.Decrypt(_locked, passphrase, Purposes);
            PublicKey = PrivateKey.PublicKey;
            _locked = null;
        }
    }

    internal void Clear() => PrivateKey?.Dispose();
}
