using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Verifying;

/// <summary>Checks that a stream with everything it inherits has the content root it states (spec M-30).</summary>
internal static class ContentProof
{
    /// <summary>Reads what the leaves alone do not prove, and compares.</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.DigestMismatch"/>, or what reading reports.</exception>
    public static async Task CheckAsync(ResolvedStream stream, CancellationToken cancellationToken)
    {
        StreamInfo info = stream.Info;
        var root = new ContentRoot(info.BlockSize, info.CellSize);
        var buffer = new byte[info.CellSize];
        long done = 0;
        await foreach (ByteRange range in stream.GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
        {
            // Runs of zeros need not end with a cell; the cells they share with data are read.
            long start = Math.Max(done, Grid.Down(range.Offset, info.CellSize));
            root.AddZero(start - done);
            done = start;
            foreach (ByteRange cell in Grid.Cut(ByteRange.FromBounds(start, Math.Max(start, Grid.Up(range.End, info.CellSize, info.VirtualLength))), info.CellSize))
            {
                await AddCellAsync(root, stream, cell, buffer, cancellationToken).ConfigureAwait(false);
                done = cell.End;
            }
        }

        root.AddZero(info.VirtualLength - done);
        if (root.Complete() != info.ContentRoot)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, $"The stream '{info.Name}' with all it inherits does not match its content root")
            {
                Hint = "One of the bundles it builds on is not what it was when this one was made.",
            };
        }
    }

    private static async ValueTask AddCellAsync(ContentRoot root, ResolvedStream stream, ByteRange cell, byte[] buffer, CancellationToken cancellationToken)
    {
        Digest digest = await stream.FindLeafDigestAsync(cell, cancellationToken).ConfigureAwait(false);
        if (digest.IsDefault)
        {
            Memory<byte> bytes = buffer.AsMemory(0, (int)cell.Length);
            await stream.ReadAsync(cell.Offset, bytes, cancellationToken).ConfigureAwait(false);
            if (CellEncoder.IsZero(bytes.Span))
            {
                root.AddZero(cell.Length);
                return;
            }

            digest = CellDecoder.HashCell(bytes.Span);
        }

        root.AddData(cell.Length, digest);
    }
}
