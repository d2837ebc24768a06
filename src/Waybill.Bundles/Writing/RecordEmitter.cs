using Google.Protobuf;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Writing;

/// <summary>Numbers, places and writes records one after the other. Used by one task at a time.</summary>
internal sealed class RecordEmitter(BundleOutput output, BundleId bundleId)
{
    private readonly uint _bundleTag = RecordHeader.TagOf(bundleId);

    /// <summary>Gets the offset of the next record.</summary>
    public long Offset { get; private set; }

    /// <summary>Gets the number of records written.</summary>
    public long RecordCount { get; private set; }

    /// <summary>Gets how large a buffer <see cref="EmitFramedAsync"/> needs for a payload.</summary>
    public static int FramedLength(int payloadLength) => RecordHeader.Size + payloadLength + BundleFormat.RecordAlignment;

    /// <summary>Writes the preamble or the trailer.</summary>
    public async ValueTask WriteRawAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        Offset += bytes.Length;
    }

    public ValueTask<long> EmitAsync(RecordType type, IMessage message, CancellationToken cancellationToken)
    {
        int length = message.CalculateSize();
        CheckLength(type, length);
        var buffer = new byte[FramedLength(length)];
        message.WriteTo(buffer.AsSpan(RecordHeader.Size, length));
        return EmitFramedAsync(type, buffer, length, null, cancellationToken);
    }

    public ValueTask<long> EmitAsync(RecordType type, ReadOnlySpan<byte> payload, CancellationToken cancellationToken)
    {
        CheckLength(type, payload.Length);
        var buffer = new byte[FramedLength(payload.Length)];
        payload.CopyTo(buffer.AsSpan(RecordHeader.Size));
        return EmitFramedAsync(type, buffer, payload.Length, null, cancellationToken);
    }

    /// <summary>Writes a record whose payload already stands behind room for the header, in one call to the output.</summary>
    /// <returns>The offset of the record.</returns>
    public async ValueTask<long> EmitFramedAsync(RecordType type, byte[] buffer, int payloadLength, uint? payloadCrc, CancellationToken cancellationToken)
    {
        var header = new RecordHeader(
            type, FlagsOf(type), payloadLength, payloadCrc ?? Crc32C.Compute(buffer.AsSpan(RecordHeader.Size, payloadLength)), RecordCount, Offset, _bundleTag);
        header.Write(buffer);
        int end = RecordHeader.Size + payloadLength;
        buffer.AsSpan(end, header.PaddingLength).Clear();
        await output.WriteAsync(buffer.AsMemory(0, end + header.PaddingLength), cancellationToken).ConfigureAwait(false);
        Offset = header.NextOffset;
        RecordCount++;
        return header.Offset;
    }

    private static RecordFlags FlagsOf(RecordType type) =>
        type is RecordType.Readme or RecordType.Schema or RecordType.Checkpoint or RecordType.Signature or RecordType.Pad
            ? RecordFlags.None
            : RecordFlags.Critical;

    private static void CheckLength(RecordType type, int length)
    {
        int limit = type is RecordType.Manifest or RecordType.Prologue ? BundleFormat.MaxManifestLength : BundleFormat.MaxPayloadLength;
        if (length > limit)
        {
            throw new WaybillException(WaybillErrorCode.LimitExceeded, $"The {type} record would have {length} bytes; the limit is {limit}")
            {
                Hint = "Use fewer streams or fewer and shorter tags.",
            };
        }
    }
}
