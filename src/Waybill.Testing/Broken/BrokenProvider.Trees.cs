using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <content>Reads and writes trees of files wrongly, and says wrongly what of them changed.</content>
public sealed partial class BrokenProvider
{
    /// <inheritdoc/>
    public async ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        VolumeSource opened = Breach == Breach.TreeSnapshotFollows ? new VolumeSource(source.Volume) : source;
        try
        {
            return new BrokenTreeSource(await inner.OpenTreeAsync(opened, cancellationToken).ConfigureAwait(false), Breach, () => RefuseSecondAsync("file"));
        }
        catch (ProviderException e) when (Breach == Breach.UnknownTreeIsEmpty && e.Code is WaybillErrorCode.VolumeNotFound or WaybillErrorCode.SnapshotNotFound)
        {
            return new ScriptedTreeSource(inner, ModelTreeState.Empty);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        try
        {
            return new BrokenTreeTarget(await inner.OpenTreeTargetAsync(volume, cancellationToken).ConfigureAwait(false), Breach);
        }
        catch (ProviderException e) when (Breach == Breach.TreeTargetOverwrites && e.Code == WaybillErrorCode.TargetExists)
        {
            return new ScriptedTreeTarget(inner, inner.GetTree(volume));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChangedFile> GetChangedFilesAsync(
        VolumeId volume, ChangeId baseId, SnapshotId target, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool endsCleanly = Breach == Breach.ChangedFilesEndOnCancel;
        bool accepts = await AcceptsAsync(baseId).ConfigureAwait(false);
        List<ChangedFile> files = [];
        try
        {
            files = await inner.GetChangedFilesAsync(volume, baseId, target, endsCleanly ? CancellationToken.None : cancellationToken)
                .ToListAsync(endsCleanly ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (accepts && e.Code == WaybillErrorCode.ChangeTrackingLost)
        {
            // As if nothing had changed.
        }

        IEnumerable<ChangedFile> told = Breach switch
        {
            Breach.ChangedFilesMissed => files.SkipLast(1),
            Breach.ChangedFilesUnsorted => Enumerable.Reverse(files),
            Breach.EditsMissed => files.Where(file => file.Kind == ChangedFileKind.Added),
            _ => files,
        };
        foreach (ChangedFile file in told)
        {
            if (endsCleanly && cancellationToken.IsCancellationRequested)
            {
                yield break;
            }

            cancellationToken.ThrowIfCancellationRequested();
            yield return file;
        }

        if (!endsCleanly)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask<bool> AcceptsAsync(ChangeId baseId)
    {
        bool known = await inner.ListSnapshotsAsync().AnyAsync(snapshot => snapshot.ChangeId == baseId).ConfigureAwait(false);
        return Breach == (known ? Breach.OtherFileBaseAccepted : Breach.UnknownFileBaseIsUnchanged);
    }
}
