using Waybill.Kubernetes.Wire;

namespace Waybill.Kubernetes;

/// <summary>Takes the messages of one list, over as many calls as it takes, and believes nothing that can be checked.</summary>
internal sealed class MetadataRanges(MetadataQuestion question, Func<string, long, ProviderException> broken)
{
    private readonly List<ByteRange> _taken = [];
    private BlockMetadataType _type;
    private long _capacity;
    private long _blockSize;
    private long _start = question.FirstAsked;

    // Where the last range of this call ends; null as long as none came.
    private long? _end;

    /// <summary>Gets the first byte that nothing is known of yet, which is where a call that broke is gone on with.</summary>
    public long Position { get; private set; } = question.FirstAsked;

    /// <summary>Gets whether nothing can follow: ranges ascend, and the last one reaches the end.</summary>
    public bool IsAtEnd => Position >= question.Length;

    /// <summary>Gets whether the call that runs got the list any further.</summary>
    public bool HasProgress => Position > _start;

    public void BeginCall()
    {
        _start = Position;
        _end = null;
    }

    /// <summary>Takes a message.</summary>
    /// <returns>What it says, joined where ranges touch and cut to what was asked for; valid until the next call.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.DeltaInvalid"/> if it contradicts the contract, the messages before it or the size of the snapshot.</exception>
    public IReadOnlyList<ByteRange> Take(in MetadataPart part)
    {
        CheckHead(part);
        _taken.Clear();
        foreach (BlockMetadata block in part.Blocks)
        {
            long end = Check(block);

            // The first range may begin before what was asked for: what was received is not said twice.
            long from = Math.Max(block.ByteOffset, Math.Max(_start, question.StartingOffset));
            _end = end;
            Position = Math.Min(end, question.Length);
            if (from < Position)
            {
                Add(ByteRange.FromBounds(from, Position));
            }
        }

        return _taken;
    }

    private void CheckHead(in MetadataPart part)
    {
        if (part.Type is not (BlockMetadataType.FixedLength or BlockMetadataType.VariableLength))
        {
            throw broken("a message does not say what sizes its ranges have", Position);
        }

        if (part.Capacity < question.Length)
        {
            // Of what is missing nobody could say whether it changed.
            throw broken($"it lists a volume of {part.Capacity} bytes, and the snapshot has {question.Length}", Position);
        }

        if (_capacity == 0)
        {
            (_type, _capacity) = (part.Type, part.Capacity);
        }

        if ((part.Type, part.Capacity) != (_type, _capacity))
        {
            throw broken("messages of one list disagree about the volume", Position);
        }

        if (part.Blocks.Count > MetadataCall.MaxResults)
        {
            throw broken($"a message has {part.Blocks.Count} ranges where {MetadataCall.MaxResults} were asked for", Position);
        }
    }

    private long Check(BlockMetadata block)
    {
        if (block.ByteOffset < 0 || block.SizeBytes <= 0 || block.SizeBytes > long.MaxValue - block.ByteOffset)
        {
            throw broken($"a range begins at {block.ByteOffset} and has {block.SizeBytes} bytes", Position);
        }

        long end = block.ByteOffset + block.SizeBytes;
        if (_end is { } before ? block.ByteOffset < before : end <= _start)
        {
            throw broken(_end is null ? "the first range ends before what was asked for" : "ranges ascend and do not overlap", block.ByteOffset);
        }

        if (block.ByteOffset >= question.Length)
        {
            throw broken("a range begins behind the end of the snapshot", block.ByteOffset);
        }

        if (_type == BlockMetadataType.VariableLength)
        {
            return end <= question.Length ? end : throw broken("a range ends behind the end of the snapshot", block.ByteOffset);
        }

        // The last block of a snapshot whose size is no multiple of it ends behind the snapshot.
        _blockSize = _blockSize == 0 ? block.SizeBytes : _blockSize;
        return block.SizeBytes == _blockSize ? end : throw broken($"a block has {block.SizeBytes} bytes, and another {_blockSize}", block.ByteOffset);
    }

    private void Add(ByteRange range)
    {
        if (_taken.Count > 0 && _taken[^1].End == range.Offset)
        {
            _taken[^1] = ByteRange.FromBounds(_taken[^1].Offset, range.End);
        }
        else
        {
            _taken.Add(range);
        }
    }
}
