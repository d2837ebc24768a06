using System.Buffers;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Salvaging;

/// <summary>An intact record: header and payload match their checksums. Its place may differ from the one the header states.</summary>
internal readonly record struct FoundRecord(RecordHeader Header, long Position, byte[] Buffer, SealPrefix? Opened = null)
{
    public ReadOnlySpan<byte> Payload => Opened is null
        ? Buffer.AsSpan(0, Header.PayloadLength)
        : Buffer.AsSpan(SealPrefix.Size, Header.PayloadLength - SealPrefix.Overhead);

    /// <summary>Opens a sealed record in place.</summary>
    /// <exception cref="BundleFormatException">It does not open.</exception>
    public FoundRecord Open(RecordCipher cipher) => this with { Opened = cipher.Open(Header, Buffer.AsSpan(0, Header.PayloadLength), Position) };

    /// <summary>Gives the buffer back; the payload must not be used any more.</summary>
    public void Release() => ArrayPool<byte>.Shared.Return(Buffer);
}
