using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Salvaging;

/// <summary>Reads the payloads of records that a scan found, and opens them. Owns the cipher.</summary>
internal sealed class SalvagedPayloads(ByteSource source, RecordCipher? cipher) : IDisposable
{
    private bool _disposed;

    /// <summary>Reads a payload; shorter than it was if the source has become so.</summary>
    /// <param name="position">Where the record was found.</param>
    /// <param name="payloadLength">The length of its payload as stored.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long position, int payloadLength, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SalvageReport));
        var bytes = new byte[RecordHeader.Size + payloadLength];
        int read = await source.ReadAsync(position, bytes, cancellationToken).ConfigureAwait(false);
        Memory<byte> payload = bytes.AsMemory(0, Math.Max(read, RecordHeader.Size))[RecordHeader.Size..];
        if (cipher is null || !RecordHeader.TryRead(bytes, out RecordHeader header) || !header.IsSealed)
        {
            return payload;
        }

        cipher.Open(header, payload.Span, position);
        return payload[SealPrefix.Size..^SealPrefix.TagSize];
    }

    /// <summary>Clears the keys.</summary>
    public void Dispose()
    {
        _disposed = true;
        cipher?.Dispose();
    }
}
