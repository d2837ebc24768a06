using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What changed in a tree of files is listed.</summary>
internal static class ChangedFileScenario
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("files.complete", "No file that is new may be missing from the list of changed files, and it MUST be said to be new."),
        new("files.edits", "No file that changed or is gone may be missing from the list of changed files."),
        new("files.order", "Changed files MUST be listed once, in the order of their paths."),
        new("files.cancelled", "A list of changed files that was cancelled MUST end in OperationCanceledException, never cleanly."),
        new("files.base-unknown", "A base that the platform does not know MUST be refused with ChangeTrackingLost."),
        new("files.base-of-other-volume", "A base of another volume MUST be refused with ChangeTrackingLost."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        IChangedFileSource changes = scope.Role<IChangedFileSource>();
        TreeVolume volume = await TreeVolume.CreateAsync(scope, cancellationToken).ConfigureAwait(false);
        await volume.RequireSnapshotsAsync(cancellationToken).ConfigureAwait(false);
        SnapshotDescriptor empty = await volume.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        if (empty.ChangeId is not { } emptyId)
        {
            throw new CheckSkippedException("Snapshots of a tree have no change id.");
        }

        KitTree tree = KitTree.Make(scope);
        await volume.WriteAsync(tree, cancellationToken).ConfigureAwait(false);
        SnapshotDescriptor full = await volume.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        List<ChangedFile> listed = [];
        await verdicts.CheckAsync(
            "files.complete",
            async () =>
            {
                listed = await ListAsync(changes, volume.Id, emptyId, full.Id, cancellationToken).ConfigureAwait(false);
                IEnumerable<FilePath> wanted = (await volume.ListAsync(full.Id, cancellationToken).ConfigureAwait(false)).Select(one => one.Path).Where(path => !path.IsRoot);
                RequireListed(listed, [.. wanted.Select(path => new ChangedFile(path, ChangedFileKind.Added))]);
            },
            cancellationToken).ConfigureAwait(false);
        verdicts.Record("files.order", FindDisorder(listed));
        await verdicts.CheckAsync(
            "files.cancelled",
            () => Cancellation.CheckAsync(token => changes.GetChangedFilesAsync(volume.Id, emptyId, full.Id, token), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("files.edits", () => CheckEditsAsync(scope, changes, volume, full, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "files.base-unknown",
            () => Verdicts.ExpectAsync(
                WaybillErrorCode.ChangeTrackingLost,
                () => ListAsync(changes, volume.Id, new ChangeId(scope.NewName()), full.Id, cancellationToken)),
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "files.base-of-other-volume",
            async () =>
            {
                TreeVolume other = await TreeVolume.CreateAsync(scope, cancellationToken).ConfigureAwait(false);
                SnapshotDescriptor foreign = await other.SnapshotAsync(cancellationToken).ConfigureAwait(false);
                await Verdicts.ExpectAsync(
                    WaybillErrorCode.ChangeTrackingLost,
                    () => ListAsync(changes, volume.Id, foreign.ChangeId!.Value, full.Id, cancellationToken)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckEditsAsync(
        ProviderScope scope, IChangedFileSource changes, TreeVolume volume, SnapshotDescriptor before, CancellationToken cancellationToken)
    {
        if (scope.Options.EditTree is not { } edit)
        {
            throw new CheckSkippedException("Files that exist can only be changed by the platform's own means: EditTree is not set.");
        }

        ImmutableArray<ChangedFile> edits = await edit(volume.Id, cancellationToken).ConfigureAwait(false);
        SnapshotDescriptor after = await volume.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        List<ChangedFile> listed = await ListAsync(changes, volume.Id, before.ChangeId!.Value, after.Id, cancellationToken).ConfigureAwait(false);
        RequireListed(listed, edits);
        Verdicts.Require(FindDisorder(listed) is null, FindDisorder(listed) ?? "");
    }

    private static void RequireListed(List<ChangedFile> listed, ImmutableArray<ChangedFile> wanted)
    {
        foreach (ChangedFile file in wanted)
        {
            Verdicts.Require(listed.Any(one => one.Path == file.Path), $"{file.Path} is missing from the {listed.Count} files listed.");
            Verdicts.Require(listed.Contains(file), $"{file.Path} is listed as {listed.Find(one => one.Path == file.Path).Kind} instead of {file.Kind}.");
        }
    }

    private static string? FindDisorder(List<ChangedFile> listed)
    {
        for (int i = 1; i < listed.Count; i++)
        {
            if (listed[i - 1].Path.CompareTo(listed[i].Path) >= 0)
            {
                return $"{listed[i].Path} comes after {listed[i - 1].Path}.";
            }
        }

        return null;
    }

    private static async Task<List<ChangedFile>> ListAsync(
        IChangedFileSource changes, VolumeId volume, ChangeId from, SnapshotId to, CancellationToken cancellationToken)
    {
        List<ChangedFile> listed = [];
        await foreach (ChangedFile file in changes.GetChangedFilesAsync(volume, from, to, cancellationToken).ConfigureAwait(false))
        {
            listed.Add(file);
        }

        return listed;
    }
}
