using Waybill.Storage;

namespace Waybill.Testing;

/// <summary>A bundle that is being written to memory.</summary>
internal sealed class InMemoryUpload(InMemoryBundleStore store, string name) : StoreUpload
{
    private readonly ForwardOnlyStream _body = new();

    public string Name { get; } = name;

    public bool IsAbandoned { get; set; }

    public override Stream Body => _body;

    public byte[] ToArray() => _body.ToArray();

    public override ValueTask<ByteSource?> OpenWrittenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<ByteSource?>(new InMemoryByteSource(Name, ToArray()));
    }

    public override ValueTask<StoredBundle> CommitAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(store.Commit(this));
    }

    public override ValueTask DisposeAsync()
    {
        if (!KeepsUnfinished)
        {
            store.End(this);
        }

        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
