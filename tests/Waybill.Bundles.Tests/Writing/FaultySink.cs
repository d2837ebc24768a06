namespace Waybill.Bundles.Tests.Writing;

/// <summary>Takes a bundle asynchronously, as far as the plan lets it.</summary>
internal sealed class FaultySink(FaultPlan plan) : Stream
{
    private readonly MemoryStream _bytes = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public bool IsDisposed { get; private set; }

    /// <summary>What arrived; after a fault, half of the write that met it did too.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        try
        {
            using IDisposable call = plan.Enter("write");
            cancellationToken.ThrowIfCancellationRequested();
            _bytes.Write(buffer.Span);
        }
        catch (IOException)
        {
            _bytes.Write(buffer.Span[..(buffer.Length / 2)]);
            throw;
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        using IDisposable call = plan.Enter("flush");
        cancellationToken.ThrowIfCancellationRequested();
    }

    public override async ValueTask DisposeAsync()
    {
        await Task.Yield();
        await base.DisposeAsync();
        if (!IsDisposed)
        {
            IsDisposed = true;
            using IDisposable call = plan.Enter("dispose");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The writer must not block a thread.");

    public override void Flush() => throw new NotSupportedException("The writer must not block a thread.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A bundle is written front to back.");

    public override void SetLength(long value) => throw new NotSupportedException("A bundle is written front to back.");
}
