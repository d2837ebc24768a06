using System.Runtime.CompilerServices;

namespace Waybill.Local;

/// <content>Says what block volumes hold and what of it changed.</content>
public sealed partial class LocalProvider
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        cancellationToken.ThrowIfCancellationRequested();
        SnapshotRecord record = GetSnapshot(volume, snapshot, VolumeKind.Block);
        using ExtentReader file = Open(record) ?? throw SnapshotNotFound(snapshot);
        await foreach (ByteRange range in ExtentComparison.ListDataAsync(file, startingOffset, cancellationToken).ConfigureAwait(false))
        {
            yield return range;
        }
    }

    /// <inheritdoc/>
    public ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SnapshotRecord record = GetSnapshot(volume, target, VolumeKind.Block);
        if (!LocalChangeId.TryParse(baseId, out string baseVolume, out string baseSnapshot))
        {
            return ValueTask.FromResult<DiffResult>(new DiffResult.Fatal("The base is not a change id of this platform."));
        }

        if (baseVolume != volume.ToString())
        {
            return ValueTask.FromResult<DiffResult>(new DiffResult.Fatal($"The base belongs to volume {baseVolume}."));
        }

        return ValueTask.FromResult(Compare(record, baseSnapshot));
    }

    private DiffResult Compare(SnapshotRecord target, string baseSnapshot)
    {
        if (FindSnapshot(baseSnapshot) is not { } baseRecord)
        {
            return new DiffResult.UseAllocated("The base snapshot is gone.");
        }

        if (baseRecord.Volume != target.Volume)
        {
            return new DiffResult.Fatal($"The base belongs to volume {baseRecord.Volume}.");
        }

        if (!baseRecord.Shares || !target.Shares)
        {
            return new DiffResult.UseAllocated("The snapshots are copies: the file system of the pool does not share blocks between files.");
        }

        ExtentReader? before = null;
        ExtentReader? after = null;
        try
        {
            before = Open(baseRecord);
            after = Open(target) ?? throw SnapshotNotFound(new SnapshotId(target.Id));
            if (before is null)
            {
                return new DiffResult.UseAllocated("The base snapshot is gone.");
            }

            if (!before.CanCompareWith(after))
            {
                return new DiffResult.UseAllocated("The file system of the pool does not say where blocks are.");
            }

            var result = new DiffResult.Known(new ExtentDelta(before, after));
            before = null;
            after = null;
            return result;
        }
        finally
        {
            before?.Dispose();
            after?.Dispose();
        }
    }

    private ExtentReader? Open(SnapshotRecord snapshot) => ExtentReader.TryOpen(Name, _pool.Layout.GetSnapshotPath(snapshot.Id, snapshot.Kind), snapshot.Length);
}
