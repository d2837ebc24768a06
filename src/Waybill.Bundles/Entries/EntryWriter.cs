using Waybill.Bundles.Format;

namespace Waybill.Bundles.Entries;

/// <summary>Appends entries to a stream of entries, spec 8.1.</summary>
internal static class EntryWriter
{
    public static async ValueTask WriteEntryAsync(this BundleStreamWriter stream, ReadOnlyMemory<byte> meta, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (meta.Length > BundleFormat.MaxEntryMetaLength)
        {
            throw new WaybillException(WaybillErrorCode.LimitExceeded, "The metadata of one entry is larger than 32 MiB");
        }

        var header = new byte[EntryHeader.Size];
        new EntryHeader(meta.Length, body.Length, Crc32C.Compute(meta.Span)).Write(header);
        await stream.WriteAsync(header, cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(meta, cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(body, cancellationToken).ConfigureAwait(false);
        stream.EntryCount++;
    }
}
