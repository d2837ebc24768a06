using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Sealing;

/// <summary>Seals and opens the payloads of records, each bound to its bundle, type, length, number and place, spec 15.4. Safe for concurrent callers.</summary>
internal sealed class RecordCipher(BundleKeys keys) : IDisposable
{
    // Keys change every 2^20 records and with each run and scope, so a few serve a whole bundle. A forged bundle could name a new run in every record.
    private const int MaxCachedKeys = 64;
    private const int EpochBits = 20;
    private const int NonceSize = 12;
    private const int AssociatedSize = 10 + BundleId.Size + 8 + 16 + SealPrefix.Size;

    private readonly ConcurrentDictionary<(SealScope Scope, UInt128 Salt, long Epoch), byte[]> _recordKeys = [];

    public BundleKeys Keys => keys;

    /// <summary>Seals in place.</summary>
    /// <param name="header">The header as it will be written, with the length of the sealed payload. Its checksum of the payload does not matter.</param>
    /// <param name="prefix">Scope and run.</param>
    /// <param name="payload">The sealed payload: room for the prefix, the plaintext, room for the tag.</param>
    public void Seal(in RecordHeader header, SealPrefix prefix, Span<byte> payload)
    {
        prefix.Write(payload);
        Span<byte> nonce = stackalloc byte[NonceSize];
        Span<byte> associated = stackalloc byte[AssociatedSize];
        Prepare(header, payload, nonce, associated);
        Span<byte> text = payload[SealPrefix.Size..^SealPrefix.TagSize];
        byte[] key = RecordKey(prefix, header.Sequence) ?? throw new InvalidOperationException("The key of this scope is not known.");
        if (keys.Suite == SealSuite.AesGcm)
        {
            using var aes = new AesGcm(key, SealPrefix.TagSize);
            aes.Encrypt(nonce, text, text, payload[^SealPrefix.TagSize..], associated);
        }
        else
        {
            using var chacha = new ChaCha20Poly1305(key);
            chacha.Encrypt(nonce, text, text, payload[^SealPrefix.TagSize..], associated);
        }
    }

    /// <summary>Opens in place; the plaintext then stands between prefix and tag.</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.RecordNotAuthentic"/>, or <see cref="WaybillErrorCode.ScopeMissing"/> if the key of its scope is not known.</exception>
    public SealPrefix Open(in RecordHeader header, Span<byte> payload, long place)
    {
        SealPrefix prefix = SealPrefix.Read(payload, place);
        if (prefix.Scope != SealScope.Meta && !SealScopes.DependsOnStream(header.Type))
        {
            throw NotAuthentic($"A {header.Type} record is sealed for another scope than its own", place);
        }

        byte[] key = RecordKey(prefix, header.Sequence)
            ?? throw new BundleFormatException(WaybillErrorCode.ScopeMissing, prefix.Scope == SealScope.Secret ? "The key at hand does not open Secrets" : "The key at hand opens the manifest, but no data")
            {
                Offset = place,
                Hint = "Use the key of a recipient with more scopes.",
            };
        Span<byte> nonce = stackalloc byte[NonceSize];
        Span<byte> associated = stackalloc byte[AssociatedSize];
        Prepare(header, payload, nonce, associated);
        Span<byte> text = payload[SealPrefix.Size..^SealPrefix.TagSize];
        try
        {
            if (keys.Suite == SealSuite.AesGcm)
            {
                using var aes = new AesGcm(key, SealPrefix.TagSize);
                aes.Decrypt(nonce, text, payload[^SealPrefix.TagSize..], text, associated);
            }
            else
            {
                using var chacha = new ChaCha20Poly1305(key);
                chacha.Decrypt(nonce, text, payload[^SealPrefix.TagSize..], text, associated);
            }
        }
        catch (AuthenticationTagMismatchException)
        {
            throw NotAuthentic($"A {header.Type} record does not open: it was changed, moved, or belongs to another bundle or run", place);
        }

        return prefix;
    }

    public void Dispose()
    {
        foreach (byte[] key in _recordKeys.Values)
        {
            CryptographicOperations.ZeroMemory(key);
        }

        _recordKeys.Clear();
        keys.Dispose();
    }

    private static BundleFormatException NotAuthentic(string message, long place) => new(WaybillErrorCode.RecordNotAuthentic, message)
    {
        Offset = place,
        Hint = "Take another copy of the bundle; if this one is all there is, salvage what does open.",
    };

    private void Prepare(in RecordHeader header, ReadOnlySpan<byte> payload, Span<byte> nonce, Span<byte> associated)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(nonce, header.Sequence);

        Span<byte> bytes = stackalloc byte[RecordHeader.Size];
        header.Write(bytes);
        "WBL1-seal\0"u8.CopyTo(associated);
        keys.BundleId.CopyTo(associated.Slice(10, BundleId.Size));
        bytes[4..12].CopyTo(associated[26..]);
        bytes[16..32].CopyTo(associated[34..]);
        payload[..SealPrefix.Size].CopyTo(associated[50..]);
    }

    private byte[]? RecordKey(SealPrefix prefix, long sequence)
    {
        if (keys.Find(prefix.Scope) is not { } scopeKey)
        {
            return null;
        }

        long epoch = sequence >>> EpochBits;
        if (_recordKeys.TryGetValue((prefix.Scope, prefix.RunSalt, epoch), out byte[]? known))
        {
            return known;
        }

        Span<byte> salt = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(salt, prefix.RunSalt);
        Span<byte> info = stackalloc byte[21];
        "WBL1-record\0"u8.CopyTo(info);
        info[12] = (byte)keys.Suite;
        BinaryPrimitives.WriteInt64LittleEndian(info[13..], epoch);
        var key = new byte[BundleKeys.KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, scopeKey, key, salt, info);
        if (_recordKeys.Count >= MaxCachedKeys)
        {
            _recordKeys.Clear();
        }

        _recordKeys[(prefix.Scope, prefix.RunSalt, epoch)] = key;
        return key;
    }
}
