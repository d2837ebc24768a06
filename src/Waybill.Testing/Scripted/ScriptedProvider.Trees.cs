using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <content>Opens trees of files and says what of them changed.</content>
public sealed partial class ScriptedProvider
{
    /// <inheritdoc/>
    public async ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.OpenTree, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ScriptedVolume volume = Require(source.Volume, VolumeKind.FileTree);
            return new ScriptedTreeSource(this, source.Snapshot is { } id ? Require(source.Volume, id).Tree : volume.Tree.Current);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.OpenTreeTarget, cancellationToken).ConfigureAwait(false);
        ModelTree tree = Require(volume, VolumeKind.FileTree).Tree;
        return tree.Current.IsEmpty
            ? new ScriptedTreeTarget(this, tree)
            : throw Failure(WaybillErrorCode.TargetExists, $"Volume {volume} is not empty.");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChangedFile> GetChangedFilesAsync(
        VolumeId volume, ChangeId baseId, SnapshotId target, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.GetChangedFiles, cancellationToken).ConfigureAwait(false);
        ScriptedSnapshot to;
        ScriptedSnapshot? from;
        lock (_gate)
        {
            Require(volume, VolumeKind.FileTree);
            to = Require(volume, target);
            from = _snapshots.Find(known => known.Descriptor.ChangeId == baseId && known.Volume == to.Volume);
            if (from is null || from.IsLost || (from.IsDeleted && Options.BaseMustExist))
            {
                throw Failure(WaybillErrorCode.ChangeTrackingLost, "Changes since the base are not known.");
            }
        }

        foreach (ChangedFile change in to.Tree.GetChanges(from.Tree))
        {
            await Faults.EnterAsync(ScriptedCall.DeliverChange, cancellationToken).ConfigureAwait(false);
            yield return change;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
