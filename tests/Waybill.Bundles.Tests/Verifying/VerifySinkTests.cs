using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Tests.Support;
using Waybill.Bundles.Verifying;

namespace Waybill.Bundles.Tests.Verifying;

[Collection(MeasuredAlone.Name)]
public sealed class VerifySinkTests
{
    private const int Cell = 65_536;
    private const int Block = 4_096;

    [Fact, Spec("L-01")]
    public async Task MaskedCells_HoweverMany_TakeNoMemory()
    {
        var info = new StreamInfo
        {
            Number = 7, Id = StreamId.New(), Kind = StreamKind.BlockVolume, Name = Lab.Volume, BlockSize = Block, CellSize = Cell, VirtualLength = 0, LeafCount = 0, Root = default,
            ParentRoot = new Digest(Lab.Noise(32, 1)), ParentLength = long.MaxValue,
        };
        var stream = new ScannedStream(info, isEncrypted: false);
        byte[] mask = new byte[BlockMask.SizeFor(Cell / Block)];
        BlockMask.Set(mask, 0, BlockState.Data);
        byte[] payload = [.. new byte[ChunkHeader.Size + Digest.Size], .. mask];
        var sink = new VerifySink();
        sink.StreamBegun(stream);
        await TakeAsync(1_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        await TakeAsync(400_000);

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 256 * 1024, $"{grown} bytes are kept of 400 000 cells");
        Assert.Equal([7], sink.ProvableStreams);

        async Task TakeAsync(int count)
        {
            for (long i = 0; i < count; i++)
            {
                var chunk = new ChunkHeader(7, new Leaf(LeafState.Masked, i * Cell, Cell, Block, default), BundleCodec.None, mask.Length, HasCellDigest: true);
                await sink.CellAsync(stream, chunk, payload, default, default);
            }
        }
    }
}
