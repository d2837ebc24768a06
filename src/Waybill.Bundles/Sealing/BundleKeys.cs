using System.Security.Cryptography;

namespace Waybill.Bundles.Sealing;

/// <summary>The keys of one encrypted bundle, as far as they are known, spec 15.1. Disposing it clears them.</summary>
internal sealed class BundleKeys : IDisposable
{
    public const int KeySize = 32;

    private readonly byte[]? _fileKey;
    private readonly byte[]? _data;
    private readonly byte[]? _secret;
    private readonly byte[] _header;
    private readonly byte[] _meta;

    private BundleKeys(BundleId bundleId, SealSuite suite, KeyScopes scopes, byte[] header, byte[] meta, byte[]? data, byte[]? secret, byte[]? fileKey)
    {
        BundleId = bundleId;
        Suite = suite;
        Scopes = scopes;
        _header = header;
        _meta = meta;
        _data = data;
        _secret = secret;
        _fileKey = fileKey;
    }

    public BundleId BundleId { get; }

    public SealSuite Suite { get; }

    public KeyScopes Scopes { get; }

    /// <summary>Derives all keys from a file key, which stays the caller's to clear.</summary>
    public static BundleKeys FromFileKey(BundleId bundleId, SealSuite suite, ReadOnlySpan<byte> fileKey)
    {
        byte[] own = fileKey.ToArray();
        return new BundleKeys(bundleId, suite, KeyScopes.All, Derive("WBL1-header"u8), Derive("WBL1-meta"u8), Derive("WBL1-data"u8), Derive("WBL1-secret"u8), own);

        byte[] Derive(ReadOnlySpan<byte> info)
        {
            var key = new byte[KeySize];
            Span<byte> salt = stackalloc byte[BundleId.Size];
            bundleId.CopyTo(salt);
            HKDF.DeriveKey(HashAlgorithmName.SHA256, own, key, salt, info);
            return key;
        }
    }

    /// <summary>Takes apart what a recipient was given; <see langword="null"/> if its length does not fit its scopes (E-08).</summary>
    public static BundleKeys? FromKeyBlock(BundleId bundleId, SealSuite suite, KeyScopes scopes, ReadOnlySpan<byte> block) =>
        block.Length != BlockLength(scopes) ? null
        : scopes == KeyScopes.All ? FromFileKey(bundleId, suite, block)
        : new BundleKeys(
            bundleId, suite, scopes, block[..KeySize].ToArray(), block.Slice(KeySize, KeySize).ToArray(),
            scopes == KeyScopes.Data ? block.Slice(2 * KeySize, KeySize).ToArray() : null, null, null);

    /// <summary>Builds what a recipient gets; the caller clears it.</summary>
    public byte[] ToKeyBlock(KeyScopes scopes) => scopes switch
    {
        KeyScopes.All => [.. _fileKey ?? throw new InvalidOperationException("Only the full key can be handed on.")],
        KeyScopes.Data => [.. _header, .. _meta, .. _data!],
        _ => [.. _header, .. _meta],
    };

    /// <summary>Computes what the envelope states of a scope's key; the default value if the key is not known (E-04).</summary>
    public Digest Commitment(SealScope scope) => Find(scope) is { } key ? Mac(key, "WBL1-commit\0"u8, BundleId.ToByteArray()) : default;

    /// <summary>Computes the MAC of the envelope (E-04).</summary>
    public Digest EnvelopeMac(ReadOnlySpan<byte> payloadBeforeMac) => Mac(_header, "WBL1-envelope\0"u8, payloadBeforeMac);

    /// <summary>Computes the MAC of the trailer from its 256 bytes (E-12).</summary>
    public Digest TrailerMac(ReadOnlySpan<byte> trailer) => Mac(_header, "WBL1-trailer\0"u8, [.. trailer[..160], .. trailer[192..252]]);

    /// <summary>Gets the key of a scope, or <see langword="null"/> if it is not known.</summary>
    public byte[]? Find(SealScope scope) => scope switch
    {
        SealScope.Meta => _meta,
        SealScope.Data => _data,
        _ => _secret,
    };

    public void Dispose()
    {
        foreach (byte[]? key in (ReadOnlySpan<byte[]?>)[_header, _meta, _data, _secret, _fileKey])
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static int BlockLength(KeyScopes scopes) => scopes switch
    {
        KeyScopes.Metadata => 2 * KeySize,
        KeyScopes.Data => 3 * KeySize,
        KeyScopes.All => KeySize,
        _ => -1,
    };

    private static Digest Mac(byte[] key, ReadOnlySpan<byte> label, ReadOnlySpan<byte> data)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(label);
        hmac.AppendData(data);
        Span<byte> mac = stackalloc byte[Digest.Size];
        hmac.GetHashAndReset(mac);
        return new Digest(mac);
    }
}
