namespace Waybill.Bundles.Writing;

/// <summary>What one worker owns: an encoder and buffers for the cell at hand, its parent's version and the blocks picked out of it.</summary>
internal sealed class CellWorker(CellEncoder encoder, int maxCellSize) : IDisposable
{
    private byte[]? _cell;
    private byte[]? _parent;
    private byte[]? _blocks;

    public CellEncoder Encoder => encoder;

    public byte[] Cell => _cell ??= GC.AllocateUninitializedArray<byte>(maxCellSize);

    public byte[] Parent => _parent ??= GC.AllocateUninitializedArray<byte>(maxCellSize);

    public byte[] Blocks => _blocks ??= GC.AllocateUninitializedArray<byte>(maxCellSize);

    public void Dispose() => encoder.Dispose();
}
