namespace Waybill.Bundles.Writing;

/// <summary>A cell that is in memory already, read as if it were the volume.</summary>
internal sealed class CellContentReader(byte[] buffer, ByteRange cell) : BlockReader
{
    public override long Length => cell.End;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        buffer.AsMemory((int)(offset - cell.Offset), destination.Length).CopyTo(destination);
        return new ValueTask<int>(destination.Length);
    }
}
