using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Reads a snapshot at any offset through the backup API.</summary>
internal sealed class SnapshotContent : BlockReader
{
    private readonly BackupClient _client;
    private readonly string _namespace;
    private readonly string _snapshot;
    private readonly Func<ValueTask>? _onDispose;
    private readonly ReadWindows _windows;
    private bool _disposed;

    public SnapshotContent(BackupClient client, string objectNamespace, string snapshot, long length, Func<ValueTask>? onDispose)
    {
        (_client, _namespace, _snapshot, Length, _onDispose) = (client, objectNamespace, snapshot, length, onDispose);
        _windows = new ReadWindows(length, FetchAsync);
    }

    public override long Length { get; }

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return await _windows.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        BackupAnswer<ChangedRange> answer = await _client.ListRangesAsync(new BackupQuestion(_namespace, _snapshot), cancellationToken).ConfigureAwait(false);
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
            await _windows.DisposeAsync().ConfigureAwait(false);
            if (_onDispose is not null)
            {
                await _onDispose().ConfigureAwait(false);
            }
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<byte[]> FetchAsync(long offset, int size, CancellationToken cancellationToken)
    {
        var bytes = new byte[size];
        var question = new BackupQuestion(_namespace, _snapshot) { StartingOffset = offset, EndingOffset = offset + size };
        BackupAnswer<VolumeChange> answer = await _client.ReadDataAsync(question, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            Check(answer.Head);

            // What does not come is zeros: without a base there is no other meaning.
            await foreach (VolumeChange change in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                change.Data.CopyTo(bytes.AsMemory((int)(change.Range.Offset - offset)));
            }
        }

        return bytes;
    }

    private void Check(BackupHead head)
    {
        if (head.Length != Length)
        {
            throw new ProviderException(WaybillErrorCode.DeltaInvalid, "kubernetes", $"The snapshot has {head.Length} bytes now, and had {Length}") { ObjectName = $"{_namespace}/{_snapshot}" };
        }
    }
}
