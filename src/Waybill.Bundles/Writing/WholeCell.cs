using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Writing;

/// <summary>Expresses a cell of which every byte is at hand, without reference to a parent.</summary>
internal static class WholeCell
{
    public static CellResult Encode(CellWorker worker, StreamInfo stream, long offset, ReadOnlySpan<byte> raw) =>
        CellEncoder.IsZero(raw)
            ? CellResult.Run(LeafState.Zero, offset, raw.Length)
            : worker.Encoder.EncodeData(stream.Number, offset, raw, CellDecoder.HashCell(raw));
}
