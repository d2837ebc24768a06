using System.Collections.Immutable;

namespace Waybill.Providers;

/// <summary>Takes snapshots of several volumes that belong together.</summary>
public interface IGroupSnapshotProvider
{
    /// <summary>
    /// Takes a snapshot of each volume such that they are consistent with each other in the order of writes, or none at all.
    /// The same name for the same volumes again MUST return the same snapshots.
    /// </summary>
    /// <param name="volumes">The volumes, each once.</param>
    /// <param name="name">The name of the group, 1 to 128 bytes.</param>
    /// <param name="cancellationToken">Ends the call early; the snapshots may then exist, and the same call finds them.</param>
    /// <returns>The snapshots in the order of <paramref name="volumes"/>, each with <see cref="SnapshotDescriptor.Group"/> set.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.GroupRefused"/> if the promise cannot be kept for these volumes; nothing then exists.
    /// </exception>
    ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default);

    /// <summary>Removes all snapshots of a group. Removing what is not there succeeds.</summary>
    /// <param name="name">The name of the group.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when they are gone.</returns>
    ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default);
}
