using System.Runtime.CompilerServices;

namespace Waybill.Testing;

/// <summary>Reads a tree of files in memory.</summary>
internal sealed class ScriptedTreeSource(ScriptedProvider provider, ModelTreeState state) : FileTreeSource
{
    public override async IAsyncEnumerable<FileTreeEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        foreach (FileTreeEntry entry in state.Entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    public override ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return state.Read(entry.Path) is { } content
            ? ValueTask.FromResult<FileContent>(new Content(provider, content))
            : throw provider.Failure(WaybillErrorCode.SourceReadFailed, $"There is no file {entry.Path}.");
    }

    private sealed class Content(ScriptedProvider provider, ReadOnlyMemory<byte> bytes) : FileContent
    {
        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
            provider.CountReadAsync(
                () =>
                {
                    int start = (int)Math.Min(offset, bytes.Length);
                    int count = Math.Min(destination.Length, bytes.Length - start);
                    bytes.Slice(start, count).CopyTo(destination);
                    return count;
                },
                cancellationToken);

        public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (!bytes.IsEmpty)
            {
                yield return new ByteRange(0, bytes.Length);
            }
        }

        public override ValueTask<FileGap?> FindChangeAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<FileGap?>(null);
    }
}
