using System.Runtime.CompilerServices;

namespace Waybill.Testing;

/// <summary>Reads a snapshot, or a disk as it is at each read.</summary>
internal sealed class ScriptedReader : BlockReader
{
    private readonly ScriptedProvider _provider;
    private readonly Func<ModelSnapshot> _content;
    private bool _disposed;

    public ScriptedReader(ScriptedProvider provider, ModelSnapshot content)
    {
        _provider = provider;
        _content = () => content;
        Length = content.Length;
    }

    public ScriptedReader(ScriptedProvider provider, ModelDisk disk)
    {
        _provider = provider;
        _content = disk.TakeSnapshot;
        Length = disk.Length;
    }

    public override long Length { get; }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        int count = (int)Math.Min(destination.Length, Length - offset);
        return _provider.CountReadAsync(() => _content().Read(offset, destination.Span[..count]), cancellationToken);
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        ModelSnapshot content = _content();
        foreach (ByteRange range in content.Disk.GetAllocated(content).Select(range => range.Intersect(new ByteRange(0, Length))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!range.IsEmpty)
            {
                yield return range;
            }
        }
    }

    public override ValueTask DisposeAsync()
    {
        _disposed = true;
        return base.DisposeAsync();
    }
}
