using System.Runtime.CompilerServices;
using Waybill.Storage;

namespace Waybill.Testing.Tests;

public enum StoreBreach
{
    ContentChanged,
    VisibleEarly,
    Unordered,
    ListEndsOnCancel,
    Overwrites,
    MissingIsEmpty,
    WrittenIsShort,
    DisposeCommits,
    UnfinishedBlocks,
    UnfinishedIsOther,
    UnfinishedIsTaken,
    DiscardOfNothingThrows,
    DeleteSaysNothing,
    ShortNamesOnly,
    OneUploadAtATime,
}

/// <summary>A store that breaks one obligation.</summary>
internal sealed class BrokenStore(InMemoryBundleStore inner, StoreBreach breach) : IBundleStore
{
    private int _uploads;

    public string Name => inner.Name;

    public async IAsyncEnumerable<StoredBundle> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        StoredBundle[] bundles = await inner.ListAsync(CancellationToken.None).ToArrayAsync(CancellationToken.None);
        IEnumerable<StoredBundle> listed = breach switch
        {
            StoreBreach.Unordered => bundles.Reverse(),
            StoreBreach.VisibleEarly => bundles.Concat(inner.Unfinished.Select(name => new StoredBundle(name, 0))),
            _ => bundles,
        };
        foreach (StoredBundle bundle in listed)
        {
            if (breach != StoreBreach.ListEndsOnCancel)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
            else if (cancellationToken.IsCancellationRequested)
            {
                yield break;
            }

            yield return bundle;
        }

        if (breach != StoreBreach.ListEndsOnCancel)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask<ByteSource> OpenReadAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            ByteSource source = await inner.OpenReadAsync(name, cancellationToken);
            return breach == StoreBreach.ContentChanged ? new Altered(source) : source;
        }
        catch (WaybillException) when (breach == StoreBreach.MissingIsEmpty)
        {
            return new InMemoryByteSource(name, []);
        }
    }

    public async ValueTask<StoreUpload> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        switch (breach)
        {
            case StoreBreach.Overwrites:
                await inner.DeleteAsync(name, cancellationToken);
                break;
            case StoreBreach.UnfinishedBlocks when inner.Unfinished.Contains(name):
            case StoreBreach.ShortNamesOnly when name.Length > 100:
            case StoreBreach.OneUploadAtATime when Volatile.Read(ref _uploads) > 0:
                throw new WaybillException(WaybillErrorCode.TargetWriteFailed, "It cannot be begun.");
            default:
                break;
        }

        Interlocked.Increment(ref _uploads);
        return new Upload(this, await inner.CreateAsync(name, cancellationToken));
    }

    public async ValueTask<ByteSource?> OpenUnfinishedAsync(string name, CancellationToken cancellationToken = default)
    {
        if (await inner.OpenUnfinishedAsync(name, cancellationToken) is not { } source)
        {
            return null;
        }

        if (breach == StoreBreach.UnfinishedIsTaken)
        {
            await inner.DiscardUnfinishedAsync(name, cancellationToken);
        }

        return breach == StoreBreach.UnfinishedIsOther ? new Altered(source) : source;
    }

    public ValueTask DiscardUnfinishedAsync(string name, CancellationToken cancellationToken = default) =>
        breach == StoreBreach.DiscardOfNothingThrows && !inner.Unfinished.Contains(name)
            ? throw new WaybillException(WaybillErrorCode.SourceReadFailed, "There is nothing.")
            : inner.DiscardUnfinishedAsync(name, cancellationToken);

    public async ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        await inner.DeleteAsync(name, cancellationToken) || breach == StoreBreach.DeleteSaysNothing;

    private sealed class Upload(BrokenStore store, StoreUpload upload) : StoreUpload
    {
        private bool _ended;

        public override Stream Body => upload.Body;

        public override async ValueTask<ByteSource?> OpenWrittenAsync(CancellationToken cancellationToken = default) =>
            await upload.OpenWrittenAsync(cancellationToken) is { } source && store.Is(StoreBreach.WrittenIsShort) ? new Altered(source)
            : await upload.OpenWrittenAsync(cancellationToken);

        public override async ValueTask<StoredBundle> CommitAsync(CancellationToken cancellationToken = default)
        {
            // Whoever comes now meets an upload that runs.
            for (int i = 0; i < 200 && store.Is(StoreBreach.OneUploadAtATime); i++)
            {
                await Task.Yield();
            }

            _ended = true;
            return await upload.CommitAsync(cancellationToken);
        }

        public override async ValueTask DisposeAsync()
        {
            if (!_ended && store.Is(StoreBreach.DisposeCommits))
            {
                await upload.CommitAsync();
            }

            Interlocked.Decrement(ref store._uploads);
            await upload.DisposeAsync();
        }
    }

    private bool Is(StoreBreach one) => breach == one;

    private sealed class Altered(ByteSource inner) : ByteSource
    {
        public override string Name => inner.Name;

        public override long Length => inner.Length;

        public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(offset, destination, cancellationToken);
            if (read > 0)
            {
                destination.Span[read - 1] ^= 1;
            }

            return read;
        }
    }
}
