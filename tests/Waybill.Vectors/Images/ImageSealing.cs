using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Images;

/// <summary>How an image is encrypted. Whatever must be random in a real bundle is fixed here, so that the image is the same every time.</summary>
internal sealed class ImageSealing(BundleKeys keys)
{
    public BundleKeys Keys => keys;

    /// <summary>Gets what makes each recipient from the keys.</summary>
    public List<Func<BundleKeys, Wire.Recipient>> Recipients { get; } = [];

    /// <summary>Gets the runs of the writer: the sequence number each begins at, and its salt.</summary>
    public List<(long First, byte[] Salt)> Runs { get; } = [(0, Salt(1))];

    public List<Wire.Tag> PublicTags { get; } = [];

    public int EnvelopeLength { get; set; } = BundleFormat.MinEnvelopeLength;

    /// <summary>Gets or sets what changes the envelope before its MAC is made: a writer that breaks a rule.</summary>
    public Action<Wire.Envelope>? EditEnvelope { get; set; }

    /// <summary>Gets or sets what changes the payload of the envelope before its MAC is made.</summary>
    public Action<byte[]>? EditPayload { get; set; }

    /// <summary>Gets or sets what replaces the payload of both envelopes after the MAC was made: someone without a key.</summary>
    public Func<byte[], byte[]>? Forge { get; set; }

    /// <summary>Gets or sets what changes the trailer before its MAC is made.</summary>
    public Action<byte[]>? EditTrailer { get; set; }

    /// <summary>A run salt.</summary>
    public static byte[] Salt(int run) => SHA256.HashData([0x52, (byte)run])[..16];

    /// <summary>Gets the salt of the run that a record belongs to.</summary>
    public byte[] SaltAt(long sequence) => Runs.Last(r => r.First <= sequence).Salt;

    public IEnumerable<Wire.Run> WireRuns() => Runs.Select(r => new Wire.Run { FirstSequence = (ulong)r.First, Salt = ByteString.CopyFrom(r.Salt) });

    /// <summary>Builds the payload of ENVELOPE.</summary>
    /// <param name="head">The bytes before the record.</param>
    public byte[] BuildEnvelope(ReadOnlySpan<byte> head)
    {
        var envelope = new Wire.Envelope
        {
            Suite = (uint)keys.Suite,
            BundleId = ByteString.CopyFrom(keys.BundleId.ToByteArray()),
            HeadDigest = ByteString.CopyFrom(SHA256.HashData(head)),
            MetaCommitment = Commit(SealScope.Meta),
            DataCommitment = Commit(SealScope.Data),
            SecretCommitment = Commit(SealScope.Secret),
        };
        envelope.Recipients.Add(Recipients.Select(make => make(keys)));
        envelope.PublicTags.Add(PublicTags);
        EditEnvelope?.Invoke(envelope);
        var payload = new byte[EnvelopeLength];
        byte[] message = envelope.ToByteArray();
        BinaryPrimitives.WriteInt32LittleEndian(payload, message.Length);
        message.CopyTo(payload, 8);
        EditPayload?.Invoke(payload);
        keys.EnvelopeMac(payload.AsSpan(0, payload.Length - Digest.Size)).CopyTo(payload.AsSpan(payload.Length - Digest.Size));
        return Forge?.Invoke(payload) ?? payload;
    }

    /// <summary>Seals the payload of a record, spec 15.4.</summary>
    public byte[] Seal(ImageRecord record, in RecordHeader header, SealScope scope, byte[] payload)
    {
        var result = new byte[SealPrefix.Overhead + payload.Length];
        result[0] = (byte)(record.Scope ?? scope);
        (record.RunSalt ?? SaltAt(header.Sequence)).CopyTo(result, 8);
        record.EditSeal?.Invoke(result);
        var headerBytes = new byte[RecordHeader.Size];
        header.Write(headerBytes);
        byte[] sequence = headerBytes[16..24];
        byte[] epoch = BitConverter.GetBytes(header.Sequence >> 20);
        byte[] key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, keys.Find(record.Scope ?? scope)!, 32, result[8..24], [.. "WBL1-record\0"u8, (byte)keys.Suite, .. epoch]);
        byte[] associated = [.. "WBL1-seal\0"u8, .. keys.BundleId.ToByteArray(), .. headerBytes[4..12], .. headerBytes[16..32], .. result[..24]];
        byte[] nonce = [.. sequence, 0, 0, 0, 0];
        Span<byte> ciphertext = result.AsSpan(SealPrefix.Size, payload.Length);
        Span<byte> tag = result.AsSpan(SealPrefix.Size + payload.Length);
        if (keys.Suite == SealSuite.AesGcm)
        {
            using var aes = new AesGcm(key, SealPrefix.TagSize);
            aes.Encrypt(nonce, payload, ciphertext, tag, associated);
        }
        else
        {
            using var chacha = new ChaCha20Poly1305(key);
            chacha.Encrypt(nonce, payload, ciphertext, tag, associated);
        }

        return record.EditSealed?.Invoke(result) ?? result;
    }

    private ByteString Commit(SealScope scope) => ByteString.CopyFrom(keys.Commitment(scope).ToByteArray());
}
