using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Reads a snapshot at any offset through the backup API, in windows that grow while reading goes straight on.</summary>
internal sealed class SnapshotContent(BackupClient client, string objectNamespace, string snapshot, long length, Func<ValueTask>? onDispose) : BlockReader
{
    private const int SmallestWindow = 256 << 10;
    private const int LargestWindow = 8 << 20;

    private Window? _window;
    private bool _disposed;

    public override long Length => length;

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, length);
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        int wanted = (int)Math.Min(destination.Length, length - offset);
        for (int done = 0; done < wanted;)
        {
            // Windows are never changed, so that any number of reads may share one.
            Window? window = Volatile.Read(ref _window);
            long position = offset + done;
            if (window is null || position < window.Offset || position >= window.End)
            {
                int size = window is not null && position == window.End ? Math.Min(window.Bytes.Length * 2, LargestWindow) : SmallestWindow;
                size = (int)Math.Min(Math.Max(size, Math.Min(wanted - done, LargestWindow)), length - position);
                window = await FetchAsync(position, size, cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _window, window);
            }

            ReadOnlyMemory<byte> found = window.Bytes.AsMemory((int)(position - window.Offset));
            int taken = Math.Min(found.Length, wanted - done);
            found[..taken].CopyTo(destination[done..]);
            done += taken;
        }

        return wanted;
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        BackupAnswer<ChangedRange> answer = await client.ListRangesAsync(new BackupQuestion(objectNamespace, snapshot), cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            Check(answer.Head);
            await foreach (ChangedRange range in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (range.Kind == ChangedRangeKind.Data)
                {
                    yield return range.Range;
                }
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            if (onDispose is not null)
            {
                await onDispose().ConfigureAwait(false);
            }
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<Window> FetchAsync(long offset, int size, CancellationToken cancellationToken)
    {
        var bytes = new byte[size];
        var question = new BackupQuestion(objectNamespace, snapshot) { StartingOffset = offset, EndingOffset = offset + size };
        BackupAnswer<VolumeChange> answer = await client.ReadDataAsync(question, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            Check(answer.Head);

            // What does not come is zeros: without a base there is no other meaning.
            await foreach (VolumeChange change in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                change.Data.CopyTo(bytes.AsMemory((int)(change.Range.Offset - offset)));
            }
        }

        return new Window(offset, bytes);
    }

    private void Check(BackupHead head)
    {
        if (head.Length != length)
        {
            throw new ProviderException(WaybillErrorCode.DeltaInvalid, "kubernetes", $"The snapshot has {head.Length} bytes now, and had {length}") { ObjectName = $"{objectNamespace}/{snapshot}" };
        }
    }

    private sealed record Window(long Offset, byte[] Bytes)
    {
        public long End => Offset + Bytes.Length;
    }
}
