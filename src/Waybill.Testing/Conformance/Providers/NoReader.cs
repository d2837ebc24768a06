namespace Waybill.Testing;

/// <summary>Stands where a delta brings its content itself.</summary>
internal sealed class NoReader : BlockReader
{
    public static NoReader Instance { get; } = new();

    public override long Length => 0;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException("This delta brings its content itself.");
}
