namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>A volume in memory that was used before: every byte is the same and not zero.</summary>
internal sealed class MemoryBlockWriter : BlockWriter
{
    public const byte Old = 0xEE;

    public MemoryBlockWriter(int length, bool startsZeroed = false)
    {
        Content = new byte[length];
        StartsZeroed = startsZeroed;
        if (!startsZeroed)
        {
            Content.AsSpan().Fill(Old);
        }
    }

    public byte[] Content { get; }

    public bool IsComplete { get; private set; }

    public override long Length => Content.Length;

    public override bool StartsZeroed { get; }

    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        source.Span.CopyTo(Content.AsSpan((int)offset));
        return ValueTask.CompletedTask;
    }

    public override ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default)
    {
        Content.AsSpan((int)range.Offset, (int)range.Length).Clear();
        return ValueTask.CompletedTask;
    }

    public override ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        IsComplete = true;
        return ValueTask.CompletedTask;
    }
}
