using System.Security.Cryptography;
using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Writing;

/// <summary>Numbers, places, seals and writes records one after the other. Used by one task at a time.</summary>
internal sealed class RecordEmitter(BundleOutput output, BundleId bundleId, RecordSealer? sealer = null, bool tracksStored = false) : IDisposable
{
    private readonly uint _bundleTag = RecordHeader.TagOf(bundleId);
    private IncrementalHash? _head = sealer is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private StoredRoot? _stored;

    /// <summary>Gets the stored bytes up to and with MANIFEST, once that was written; <see langword="null"/> if they are not tracked.</summary>
    public StorageFacts? Stored { get; private set; }

    /// <summary>Gets the offset of the next record.</summary>
    public long Offset { get; private set; }

    /// <summary>Gets the number of records written.</summary>
    public long RecordCount { get; private set; }

    /// <summary>Gets what seals the records; <see langword="null"/> if the bundle is not encrypted.</summary>
    public RecordSealer? Sealer => sealer;

    /// <summary>Gets where in its buffer the payload of a sealed record, and so of any CHUNK, begins.</summary>
    public int PayloadStart => sealer is null ? RecordHeader.Size : RecordHeader.Size + SealPrefix.Size;

    /// <summary>Gets how large a buffer <see cref="EmitFramedAsync"/> needs for a payload, sealed or not.</summary>
    public static int FramedLength(int payloadLength) => RecordHeader.Size + SealPrefix.Overhead + payloadLength + BundleFormat.RecordAlignment;

    /// <summary>Writes the preamble or the trailer.</summary>
    public async ValueTask WriteRawAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (tracksStored && Offset == 0)
        {
            _stored = new StoredRoot(bytes.Span);
        }

        await WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        Offset += bytes.Length;
    }

    public ValueTask<RecordPlace> EmitAsync(RecordType type, IMessage message, CancellationToken cancellationToken)
    {
        int length = message.CalculateSize();
        CheckLength(type, length);
        var buffer = new byte[FramedLength(length)];
        message.WriteTo(buffer.AsSpan(StartOf(type), length));
        return EmitFramedAsync(type, buffer, length, null, SealScope.Meta, cancellationToken);
    }

    public ValueTask<RecordPlace> EmitAsync(RecordType type, ReadOnlySpan<byte> payload, SealScope scope, CancellationToken cancellationToken)
    {
        CheckLength(type, payload.Length);
        var buffer = new byte[FramedLength(payload.Length)];
        payload.CopyTo(buffer.AsSpan(StartOf(type)));
        return EmitFramedAsync(type, buffer, payload.Length, null, scope, cancellationToken);
    }

    /// <summary>Writes a record whose payload already stands behind room for what comes before it, in one call to the output.</summary>
    public async ValueTask<RecordPlace> EmitFramedAsync(
        RecordType type, byte[] buffer, int payloadLength, uint? payloadCrc, SealScope scope, CancellationToken cancellationToken)
    {
        bool isSealed = IsSealed(type);
        int storedLength = payloadLength + (isSealed ? SealPrefix.Overhead : 0);
        var header = new RecordHeader(type, FlagsOf(type) | (isSealed ? RecordFlags.Encrypted : 0), storedLength, 0, RecordCount, Offset, _bundleTag);
        if (isSealed)
        {
            sealer!.Seal(header, scope, buffer.AsSpan(RecordHeader.Size, storedLength));
            payloadCrc = null;
        }

        header = header with { PayloadCrc = payloadCrc ?? Crc32C.Compute(buffer.AsSpan(RecordHeader.Size, storedLength)) };
        header.Write(buffer);
        int end = RecordHeader.Size + storedLength;
        buffer.AsSpan(end, header.PaddingLength).Clear();
        TrackStored(header, buffer);
        await WriteAsync(buffer.AsMemory(0, end + header.PaddingLength), cancellationToken).ConfigureAwait(false);
        Offset = header.NextOffset;
        RecordCount++;
        return new RecordPlace(header.Offset, storedLength);
    }

    /// <summary>Gets the digest of everything written so far, which is what comes before ENVELOPE.</summary>
    public Digest TakeHeadDigest()
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        _head!.GetHashAndReset(hash);
        _head.Dispose();
        _head = null;
        return new Digest(hash);
    }

    public void Dispose()
    {
        _head?.Dispose();
        sealer?.Dispose();
    }

    private static RecordFlags FlagsOf(RecordType type) =>
        type is RecordType.Readme or RecordType.Schema or RecordType.Checkpoint or RecordType.Signature or RecordType.EnvelopeCopy or RecordType.Pad
            ? RecordFlags.None
            : RecordFlags.Critical;

    private static void CheckLength(RecordType type, int length)
    {
        int limit = type is RecordType.Manifest or RecordType.Prologue ? BundleFormat.MaxManifestLength : BundleFormat.MaxPayloadLength - SealPrefix.Overhead;
        if (length > limit)
        {
            throw new WaybillException(WaybillErrorCode.LimitExceeded, $"The {type} record would have {length} bytes; the limit is {limit}")
            {
                Hint = "Use fewer streams or fewer and shorter tags.",
            };
        }
    }

    private bool IsSealed(RecordType type) => sealer is not null && RecordHeader.MustBeSealed(type);

    private int StartOf(RecordType type) => IsSealed(type) ? PayloadStart : RecordHeader.Size;

    private void TrackStored(in RecordHeader header, byte[] buffer)
    {
        if (_stored is not { } stored || Stored is not null)
        {
            return;
        }

        stored.Add(buffer.AsSpan(0, RecordHeader.Size), Digest.Of(buffer.AsSpan(RecordHeader.Size, header.PayloadLength)));
        if (header.Type == RecordType.Manifest)
        {
            Stored = new StorageFacts(stored.Compute(), stored.RecordCount, header.NextOffset);
        }
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _head?.AppendData(bytes.Span);
        return output.WriteAsync(bytes, cancellationToken);
    }
}
