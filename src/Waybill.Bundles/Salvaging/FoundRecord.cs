using System.Buffers;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Salvaging;

/// <summary>An intact record: header and payload match their checksums. Its place may differ from the one the header states.</summary>
internal readonly record struct FoundRecord(RecordHeader Header, long Position, byte[] Buffer)
{
    public ReadOnlySpan<byte> Payload => Buffer.AsSpan(0, Header.PayloadLength);

    public long PayloadPosition => Position + RecordHeader.Size;

    /// <summary>Gives the buffer back; the payload must not be used any more.</summary>
    public void Release() => ArrayPool<byte>.Shared.Return(Buffer);
}
