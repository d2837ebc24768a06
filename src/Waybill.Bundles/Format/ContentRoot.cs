namespace Waybill.Bundles.Format;

/// <summary>Computes the root that content has as a stream without parent (spec M-30): DATA cells and maximal ZERO runs.</summary>
internal sealed class ContentRoot(int blockSize, int cellSize)
{
    private readonly MerkleFrontier _frontier = new();
    private long _zeroStart;
    private long _position;

    public void AddData(long length, Digest digest)
    {
        FlushZero();
        _frontier.Add(new Leaf(LeafState.Data, _position, length, length, digest));
        _position += length;
        _zeroStart = _position;
    }

    public void AddZero(long length) => _position += length;

    public Digest Complete()
    {
        FlushZero();
        return MerkleTree.StreamRoot(blockSize, cellSize, _position, _frontier.Count, _frontier.TreeHash());
    }

    private void FlushZero()
    {
        if (_position > _zeroStart)
        {
            _frontier.Add(Leaf.Run(LeafState.Zero, _zeroStart, _position - _zeroStart));
            _zeroStart = _position;
        }
    }
}
