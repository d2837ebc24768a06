using System.Buffers.Binary;
using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Snapshots of two volumes at once.</summary>
internal static class GroupScenario
{
    private const int Rounds = 5;

    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("groups.described", "Snapshots of a group MUST be given in the order of the volumes, each with the name of the group."),
        new("groups.idempotent", "The same name for the same volumes again MUST return the same snapshots."),
        new("groups.write-order", "If a write is in, every write acknowledged before it MUST be in, whatever volume it went to."),
        new("groups.refused", "Where the order of writes cannot be promised, the call MUST fail with GroupRefused and leave nothing."),
        new("groups.delete-idempotent", "A group that was removed MUST be gone, and removing it again MUST succeed."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        IGroupSnapshotProvider groups = scope.Role<IGroupSnapshotProvider>();
        KitVolume first = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        KitVolume second = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        VolumeId[] volumes = [second.Id, first.Id];
        GroupConsistency claimed = (await scope.CapabilitiesAsync(first, cancellationToken).ConfigureAwait(false)).Groups;
        if (claimed != GroupConsistency.WriteOrder)
        {
            await verdicts.CheckAsync("groups.refused", () => CheckRefusedAsync(scope, groups, volumes, cancellationToken), cancellationToken).ConfigureAwait(false);
            throw new CheckSkippedException($"The volume claims groups that are {claimed}.");
        }

        verdicts.Skip("groups.refused", "The order of writes is promised.");
        string name = NewGroup(scope);
        ImmutableArray<SnapshotDescriptor> taken = await groups.CreateGroupAsync(volumes, name, cancellationToken).ConfigureAwait(false);
        verdicts.Record(
            "groups.described",
            taken.Select(one => one.Volume).SequenceEqual(volumes) && taken.All(one => one.Group == name) ? null : $"It returned {string.Join(", ", taken)} for {name}.");
        await verdicts.CheckAsync(
            "groups.idempotent",
            async () =>
            {
                ImmutableArray<SnapshotDescriptor> again = await groups.CreateGroupAsync(volumes, name, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(again.Select(one => one.Id).SequenceEqual(taken.Select(one => one.Id)), $"First {string.Join(", ", taken)}, then {string.Join(", ", again)}.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("groups.write-order", () => CheckWriteOrderAsync(scope, groups, first, second, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "groups.delete-idempotent",
            async () =>
            {
                await groups.DeleteGroupAsync(name, cancellationToken).ConfigureAwait(false);
                await groups.DeleteGroupAsync(name, cancellationToken).ConfigureAwait(false);
                SnapshotDescriptor? left = await scope.Snapshots.FindSnapshotAsync(taken[0].Id, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(left is null, $"{left} is still there.");
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckRefusedAsync(ProviderScope scope, IGroupSnapshotProvider groups, VolumeId[] volumes, CancellationToken cancellationToken)
    {
        string name = NewGroup(scope);
        await Verdicts.ExpectAsync(
            WaybillErrorCode.GroupRefused,
            async () => await groups.CreateGroupAsync(volumes, name, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await foreach (SnapshotDescriptor one in scope.Snapshots.ListSnapshotsAsync(null, cancellationToken).ConfigureAwait(false))
        {
            Verdicts.Require(!volumes.Contains(one.Volume), $"{one} was left.");
        }
    }

    // Counts up on one volume and, only when that write was acknowledged, on the other: at every moment the first is as far or one ahead.
    private static async Task CheckWriteOrderAsync(
        ProviderScope scope, IGroupSnapshotProvider groups, KitVolume first, KitVolume second, CancellationToken cancellationToken)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task writing = Task.Run(() => CountAsync(scope, first, second, begun, enough.Token, cancellationToken), cancellationToken);
        try
        {
            await Task.WhenAny(begun.Task, writing).ConfigureAwait(false);
            for (int round = 0; round < Rounds && !writing.IsCompleted; round++)
            {
                ImmutableArray<SnapshotDescriptor> taken = await CreateWhileWrittenAsync(groups, [first.Id, second.Id], NewGroup(scope), cancellationToken).ConfigureAwait(false);
                long ahead = await ReadCountAsync(scope, taken[0], cancellationToken).ConfigureAwait(false);
                long behind = await ReadCountAsync(scope, taken[1], cancellationToken).ConfigureAwait(false);
                Verdicts.Require(ahead == behind || ahead == behind + 1, $"The volume written first holds number {ahead}, the one written after it number {behind}.");
            }
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }
    }

    // Refusing is keeping the promise: a platform may only be able to give it for volumes that can be held still.
    private static async Task<ImmutableArray<SnapshotDescriptor>> CreateWhileWrittenAsync(
        IGroupSnapshotProvider groups, VolumeId[] volumes, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await groups.CreateGroupAsync(volumes, name, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException refused) when (refused.Code == WaybillErrorCode.GroupRefused)
        {
            throw new CheckSkippedException($"Groups are refused while their volumes are written: {refused.Message}");
        }
    }

    private static async Task CountAsync(
        ProviderScope scope, KitVolume first, KitVolume second, TaskCompletionSource begun, CancellationToken enough, CancellationToken cancellationToken)
    {
        BlockWriter one = await scope.Provider.OpenWriteAsync(first.Id, cancellationToken).ConfigureAwait(false);
        await using (one.ConfigureAwait(false))
        {
            BlockWriter other = await scope.Provider.OpenWriteAsync(second.Id, cancellationToken).ConfigureAwait(false);
            await using (other.ConfigureAwait(false))
            {
                var number = new byte[sizeof(long)];
                for (long count = 1; !enough.IsCancellationRequested; count++)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(number, count);
                    await one.WriteAsync(0, number, cancellationToken).ConfigureAwait(false);
                    await one.CompleteAsync(cancellationToken).ConfigureAwait(false);
                    await other.WriteAsync(0, number, cancellationToken).ConfigureAwait(false);
                    await other.CompleteAsync(cancellationToken).ConfigureAwait(false);
                    begun.TrySetResult();
                    // Snapshots must get their turn where writing never waits.
                    await Task.Yield();
                }
            }
        }
    }

    private static async Task<long> ReadCountAsync(ProviderScope scope, SnapshotDescriptor snapshot, CancellationToken cancellationToken)
    {
        SnapshotDescriptor ready = await scope.WaitUntilReadyAsync(snapshot, cancellationToken).ConfigureAwait(false);
        return BinaryPrimitives.ReadInt64LittleEndian(
            await scope.ReadAsync(new VolumeSource(ready.Volume, ready.Id), sizeof(long), cancellationToken).ConfigureAwait(false));
    }

    private static string NewGroup(ProviderScope scope)
    {
        string name = scope.NewName();
        scope.TrackGroup(name);
        return name;
    }
}
