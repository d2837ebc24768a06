using System.Runtime.CompilerServices;
using Waybill.Storage;

namespace Waybill.Catalog.Tests.Support;

/// <summary>A store of one bundle that counts what is read of it.</summary>
internal sealed class CountingStore(byte[] bundle) : IBundleStore
{
    private long _read;

    public long BytesRead => _read;

    public long Length => bundle.Length;

    public string Name => "counting";

    public async IAsyncEnumerable<StoredBundle> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        yield return new StoredBundle("one.waybill", bundle.Length);
    }

    public ValueTask<ByteSource> OpenReadAsync(string name, CancellationToken cancellationToken = default) => ValueTask.FromResult<ByteSource>(new Source(this));

    public ValueTask<StoreUpload> CreateAsync(string name, CancellationToken cancellationToken = default) => throw new NotSupportedException("Nothing is written here.");

    public ValueTask<ByteSource?> OpenUnfinishedAsync(string name, CancellationToken cancellationToken = default) => ValueTask.FromResult<ByteSource?>(null);

    public ValueTask DiscardUnfinishedAsync(string name, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) => ValueTask.FromResult(false);

    private sealed class Source(CountingStore store) : ByteSource
    {
        public override string Name => "one.waybill";

        public override long Length => store.Length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            int count = (int)Math.Clamp(store.Length - offset, 0, destination.Length);
            store.Copy(offset, destination.Span[..count]);
            return ValueTask.FromResult(count);
        }
    }

    private void Copy(long offset, Span<byte> destination)
    {
        Interlocked.Add(ref _read, destination.Length);
        bundle.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }
}
