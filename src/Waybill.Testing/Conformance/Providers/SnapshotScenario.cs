using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Snapshots are taken, found and removed.</summary>
internal static class SnapshotScenario
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("snapshots.complete", "A snapshot MUST hold everything that was written before the call began."),
        new("snapshots.isolated", "The content of a snapshot MUST be the same at every read, whatever happens to the volume."),
        new("snapshots.idempotent", "The same name for the same volume again MUST return the same snapshot."),
        new("snapshots.idempotent-concurrent", "The same name for the same volume MUST return the same snapshot also while the first call still runs."),
        new("snapshots.conflict", "A name that another volume has a snapshot of MUST be refused with SnapshotConflict."),
        new("snapshots.find", "A snapshot that exists MUST be found as it was described, one that does not MUST be null."),
        new("snapshots.list-once", "What exists during the whole call MUST be listed once, and for a volume only its own."),
        new("snapshots.volume-unknown", "A snapshot of a volume that does not exist MUST be refused with VolumeNotFound."),
        new("snapshots.delete-removes", "A snapshot that was removed MUST NOT be found or opened any more."),
        new("snapshots.delete-idempotent", "Removing a snapshot that is not there MUST succeed."),
        new("snapshots.delete-leaves-others", "Removing a snapshot MUST leave other snapshots and the volume as they are."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        ISnapshotProvider snapshots = scope.Snapshots;
        KitVolume volume = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        if (!(await scope.CapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false)).Snapshots)
        {
            throw new CheckSkippedException("The volume does not claim that snapshots can be taken.");
        }

        await scope.WriteAsync(volume, 1_001, scope.RandomBytes(100_000), cancellationToken).ConfigureAwait(false);
        KitSnapshot first = await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("snapshots.complete", () => CompareAsync(scope, first, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("snapshots.isolated", () => CheckIsolatedAsync(scope, volume, first, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "snapshots.idempotent",
            async () =>
            {
                SnapshotDescriptor again = await snapshots.CreateSnapshotAsync(volume.Id, first.Descriptor.Name, cancellationToken).ConfigureAwait(false);
                scope.Track(again.Id);
                Verdicts.Require(again.Id == first.Id && again.Created == first.Descriptor.Created, $"It returned {again} instead of {first.Descriptor}.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("snapshots.idempotent-concurrent", () => CheckConcurrentAsync(scope, volume, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("snapshots.conflict", () => CheckConflictAsync(scope, first, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("snapshots.find", () => CheckFindAsync(scope, first, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("snapshots.list-once", () => CheckListAsync(snapshots, first, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "snapshots.volume-unknown",
            () => Verdicts.ExpectAsync(
                WaybillErrorCode.VolumeNotFound,
                async () => scope.Track((await snapshots.CreateSnapshotAsync(new VolumeId(scope.NewName()), scope.NewName(), cancellationToken).ConfigureAwait(false)).Id)),
            cancellationToken).ConfigureAwait(false);
        await CheckDeleteAsync(scope, verdicts, volume, first, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckIsolatedAsync(ProviderScope scope, KitVolume volume, KitSnapshot snapshot, CancellationToken cancellationToken)
    {
        BlockReader reader = await scope.Provider.OpenReadAsync(snapshot.Source, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await scope.WriteAsync(volume, 2_000, scope.RandomBytes(5_000), cancellationToken).ConfigureAwait(false);
            await scope.WriteAsync(volume, volume.Window - 1_000, scope.RandomBytes(1_000), cancellationToken).ConfigureAwait(false);
            byte[] content = await ProviderScope.ReadAsync(reader, new ByteRange(0, snapshot.Window), cancellationToken).ConfigureAwait(false);
            ContentComparison.RequireSame(content, snapshot.Model.Read(new ByteRange(0, snapshot.Window)), "The open snapshot, after later writes,");
        }

        await CompareAsync(scope, snapshot, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckConcurrentAsync(ProviderScope scope, KitVolume volume, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        SnapshotDescriptor[] taken = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            SnapshotDescriptor one = await scope.Snapshots.CreateSnapshotAsync(volume.Id, name, cancellationToken).ConfigureAwait(false);
            scope.Track(one.Id);
            return one;
        })).ConfigureAwait(false);
        SnapshotId[] ids = [.. taken.Select(one => one.Id).Distinct()];
        Verdicts.Require(ids.Length == 1, $"One name made {ids.Length} snapshots: {string.Join(", ", ids)}.");
    }

    private static async Task CheckConflictAsync(ProviderScope scope, KitSnapshot first, CancellationToken cancellationToken)
    {
        KitVolume other = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        await Verdicts.ExpectAsync(
            WaybillErrorCode.SnapshotConflict,
            async () => scope.Track((await scope.Snapshots.CreateSnapshotAsync(other.Id, first.Descriptor.Name, cancellationToken).ConfigureAwait(false)).Id)).ConfigureAwait(false);
    }

    private static async Task CheckFindAsync(ProviderScope scope, KitSnapshot first, CancellationToken cancellationToken)
    {
        SnapshotDescriptor? found = await scope.Snapshots.FindSnapshotAsync(first.Id, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(
            found is not null && (found.Id, found.Volume, found.Name, found.Length, found.ChangeId)
                == (first.Id, first.Volume.Id, first.Descriptor.Name, first.Descriptor.Length, first.Descriptor.ChangeId),
            $"It was found as {found?.ToString() ?? "null"} instead of {first.Descriptor}.");
        SnapshotDescriptor? unknown = await scope.Snapshots.FindSnapshotAsync(new SnapshotId(scope.NewName()), cancellationToken).ConfigureAwait(false);
        Verdicts.Require(unknown is null, $"{unknown} was found for a name that nobody gave.");
    }

    private static async Task CheckListAsync(ISnapshotProvider snapshots, KitSnapshot first, CancellationToken cancellationToken)
    {
        foreach (VolumeId? volume in (IEnumerable<VolumeId?>)[null, first.Volume.Id])
        {
            List<SnapshotDescriptor> listed = [];
            await foreach (SnapshotDescriptor one in snapshots.ListSnapshotsAsync(volume, cancellationToken).ConfigureAwait(false))
            {
                listed.Add(one);
            }

            Verdicts.Require(listed.Any(one => one.Id == first.Id), $"Snapshot {first.Id} is not among the {listed.Count} listed.");
            Verdicts.Require(listed.DistinctBy(one => one.Id).Count() == listed.Count, "A snapshot is listed more than once.");
            Verdicts.Require(volume is null || listed.All(one => one.Volume == volume), "A snapshot of another volume is listed.");
        }

        await Cancellation.CheckAsync(token => snapshots.ListSnapshotsAsync(first.Volume.Id, token), cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckDeleteAsync(ProviderScope scope, Verdicts verdicts, KitVolume volume, KitSnapshot first, CancellationToken cancellationToken)
    {
        KitSnapshot middle = await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false);
        await scope.WriteAsync(volume, 1_500, scope.RandomBytes(50_000), cancellationToken).ConfigureAwait(false);
        KitSnapshot last = await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "snapshots.delete-removes",
            async () =>
            {
                await scope.Snapshots.DeleteSnapshotAsync(middle.Id, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(await scope.Snapshots.FindSnapshotAsync(middle.Id, cancellationToken).ConfigureAwait(false) is null, $"Snapshot {middle.Id} is still found.");
                await Verdicts.ExpectAsync(
                    WaybillErrorCode.SnapshotNotFound,
                    () => scope.ReadAsync(middle.Source, 1, cancellationToken)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "snapshots.delete-idempotent",
            async () => await scope.Snapshots.DeleteSnapshotAsync(middle.Id, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "snapshots.delete-leaves-others",
            async () =>
            {
                await CompareAsync(scope, first, cancellationToken).ConfigureAwait(false);
                await CompareAsync(scope, last, cancellationToken).ConfigureAwait(false);
                byte[] live = await scope.ReadAsync(new VolumeSource(volume.Id), volume.Window, cancellationToken).ConfigureAwait(false);
                ContentComparison.RequireSame(live, volume.Model.TakeSnapshot().Read(new ByteRange(0, volume.Window)), "The volume");
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CompareAsync(ProviderScope scope, KitSnapshot snapshot, CancellationToken cancellationToken)
    {
        byte[] content = await scope.ReadAsync(snapshot.Source, snapshot.Window, cancellationToken).ConfigureAwait(false);
        ContentComparison.RequireSame(content, snapshot.Model.Read(new ByteRange(0, snapshot.Window)), $"Snapshot {snapshot.Id}");
    }
}
