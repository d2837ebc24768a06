using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Sealing;

/// <summary>The payload of ENVELOPE: the message, room for more recipients, and the MAC, spec 15.2.</summary>
internal static class EnvelopePayload
{
    private const int HeaderSize = 8;

    // Recipients can be replaced without moving what follows as long as the new ones fit.
    private const int Spare = 1024;
    private const int Granularity = 4096;

    /// <summary>Writes a payload with room to spare, or of a given length.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.LimitExceeded"/>: the recipients and tags do not fit.</exception>
    public static byte[] Write(Wire.Envelope envelope, BundleKeys keys, int? length = null)
    {
        int used = HeaderSize + envelope.CalculateSize() + Digest.Size;
        int total = length ?? ((used + Spare + Granularity - 1) / Granularity * Granularity);
        if (used > total || total > BundleFormat.MaxEnvelopeLength)
        {
            throw new WaybillException(WaybillErrorCode.LimitExceeded, $"The recipients and public tags of the bundle need {used} bytes; there is room for {Math.Min(total, BundleFormat.MaxEnvelopeLength)}")
            {
                Hint = length is null ? "Use fewer recipients or public tags." : "Encrypt the bundle anew for these recipients (reencrypt).",
            };
        }

        var payload = new byte[total];
        BinaryPrimitives.WriteInt32LittleEndian(payload, used - HeaderSize - Digest.Size);
        envelope.WriteTo(payload.AsSpan(HeaderSize, used - HeaderSize - Digest.Size));
        keys.EnvelopeMac(payload.AsSpan(0, total - Digest.Size)).CopyTo(payload.AsSpan(total - Digest.Size));
        return payload;
    }

    /// <summary>Reads a payload whose MAC is still to be checked, once a key is known.</summary>
    /// <exception cref="BundleFormatException">The code for what is wrong.</exception>
    public static Wire.Envelope Read(ReadOnlySpan<byte> payload, long place)
    {
        if (payload.Length > BundleFormat.MaxEnvelopeLength)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The envelope is larger than 262 144 bytes") { Offset = place };
        }

        if (payload.Length < BundleFormat.MinEnvelopeLength)
        {
            throw new BundleFormatException(WaybillErrorCode.FramingInvalid, "The envelope is smaller than 4 096 bytes") { Offset = place };
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        if (length > payload.Length - HeaderSize - Digest.Size || BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]) != 0
            || payload[(HeaderSize + (int)length)..^Digest.Size].ContainsAnyExcept((byte)0))
        {
            throw new BundleFormatException(WaybillErrorCode.FramingInvalid, "The envelope has a length that does not fit, or bytes that should be zero") { Offset = place };
        }

        Wire.Envelope envelope = StrictMessage.Parse(Wire.Envelope.Parser, Wire.Envelope.Descriptor, payload.Slice(HeaderSize, (int)length), place);
        if (envelope.Recipients.Count > BundleFormat.MaxRecipients || envelope.Recipients.Any(r => r.Body.Length > BundleFormat.MaxRecipientBody || r.KeyId.Length > Digest.Size))
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The envelope has more than 64 recipients, or one that is too long") { Offset = place };
        }

        bool valid = envelope.Recipients.Count > 0 && envelope.Recipients.All(HasScopes)
            && envelope.HeadDigest.Length == Digest.Size && envelope.MetaCommitment.Length == Digest.Size
            && envelope.DataCommitment.Length == Digest.Size && envelope.SecretCommitment.Length == Digest.Size
            && (envelope.Recipients.Count == 1 || envelope.Recipients.All(r => r.Type != (uint)Keys.RecipientType.Pbkdf2));
        if (!valid)
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, "The envelope has no recipients, scopes that do not exist, a digest of another length, or a passphrase beside other recipients") { Offset = place };
        }

        return SealSuites.IsSupported((SealSuite)envelope.Suite)
            ? envelope
            : throw new BundleFormatException(WaybillErrorCode.UnsupportedFeature, $"The bundle is sealed with the suite {envelope.Suite}, which this system does not have")
            {
                Offset = place,
                Hint = "Suite 2 is ChaCha20-Poly1305; another system may have it.",
            };
    }

    // What a recipient of an unknown type says is its own affair (E-06).
    private static bool HasScopes(Wire.Recipient recipient) => !Enum.IsDefined((Keys.RecipientType)recipient.Type)
        || recipient.Scopes is (uint)KeyScopes.Metadata or (uint)KeyScopes.Data or (uint)KeyScopes.All;

    /// <summary>Checks the MAC and the commitment of every key at hand (E-04).</summary>
    public static bool IsAuthentic(ReadOnlySpan<byte> payload, Wire.Envelope envelope, BundleKeys keys)
    {
        Span<byte> mac = stackalloc byte[Digest.Size];
        keys.EnvelopeMac(payload[..^Digest.Size]).CopyTo(mac);
        return CryptographicOperations.FixedTimeEquals(mac, payload[^Digest.Size..])
            && Commits(SealScope.Meta, envelope.MetaCommitment)
            && Commits(SealScope.Data, envelope.DataCommitment)
            && Commits(SealScope.Secret, envelope.SecretCommitment);

        bool Commits(SealScope scope, ByteString stated) => keys.Find(scope) is null || keys.Commitment(scope) == new Digest(stated.Span);
    }
}
