using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Testing;

/// <summary>Removes what the check made, in the order in which it can be removed.</summary>
internal sealed partial class CsiScope
{
    private const int Tries = 20;

    public async ValueTask DisposeAsync()
    {
        // Not cancelled when the run is: what was made is removed.
        foreach ((string volume, string path) in Reverse(_published))
        {
            await RemoveAsync(() => UnpublishAsync(volume, path, CancellationToken.None), $"volume {volume} at {path}").ConfigureAwait(false);
        }

        foreach ((string volume, string path) in Reverse(_staged))
        {
            await RemoveAsync(() => UnstageAsync(volume, path, CancellationToken.None), $"volume {volume} staged at {path}").ConfigureAwait(false);
        }

        foreach ((string volume, string node) in Reverse(_attached))
        {
            await RemoveAsync(() => DetachAsync(volume, node, CancellationToken.None), $"volume {volume} published to node {node}").ConfigureAwait(false);
        }

        await FindUnsureAsync().ConfigureAwait(false);
        // Some platforms keep a snapshot while volumes made of it exist, others a volume while it has snapshots.
        foreach (string volume in Reverse(_volumes))
        {
            await TryAsync(() => DeleteVolumeAsync(volume, CancellationToken.None)).ConfigureAwait(false);
        }

        foreach ((string id, string[] snapshots) in Reverse(_groups))
        {
            await RemoveAsync(() => DeleteGroupAsync(id, snapshots, CancellationToken.None), $"group snapshot {id}").ConfigureAwait(false);
        }

        foreach (string snapshot in Reverse(_snapshots))
        {
            await RemoveAsync(() => DeleteSnapshotAsync(snapshot, CancellationToken.None), $"snapshot {snapshot}").ConfigureAwait(false);
        }

        foreach (string volume in Reverse(_volumes))
        {
            await RemoveAsync(() => DeleteVolumeAsync(volume, CancellationToken.None), $"volume {volume}").ConfigureAwait(false);
        }

        foreach (string directory in Reverse(_directories))
        {
            RemoveDirectory(Session, directory);
        }
    }

    // Whether a call whose end is not known made something is asked by repeating it, as it is idempotent.
    private async Task FindUnsureAsync()
    {
        foreach (CreateVolumeGroupSnapshotRequest request in Reverse(_unsureGroups))
        {
            await RemoveAsync(() => CreateGroupAsync(request, CancellationToken.None), $"group snapshot named {request.Name}").ConfigureAwait(false);
        }

        foreach (CreateSnapshotRequest request in Reverse(_unsureSnapshots))
        {
            await RemoveAsync(() => CreateSnapshotAsync(request, CancellationToken.None), $"snapshot named {request.Name}").ConfigureAwait(false);
        }

        foreach (CreateVolumeRequest request in Reverse(_unsureVolumes))
        {
            await RemoveAsync(() => CreateVolumeAsync(request, CancellationToken.None), $"volume named {request.Name}").ConfigureAwait(false);
        }
    }

    private static async Task TryAsync(Func<Task> remove)
    {
        try
        {
            await remove().ConfigureAwait(false);
        }
        catch (RpcException)
        {
            // What keeps it goes next; then it is removed in earnest.
        }
    }

    private T[] Reverse<T>(List<T> list)
    {
        lock (_gate)
        {
            return [.. Enumerable.Reverse(list)];
        }
    }

    private async Task RemoveAsync(Func<Task> remove, string what)
    {
        for (int i = 1; ; i++)
        {
            try
            {
                await remove().ConfigureAwait(false);
                return;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.NotFound)
            {
                return;
            }
            catch (RpcException busy) when (i < Tries && busy.StatusCode is StatusCode.Aborted or StatusCode.Unavailable or StatusCode.FailedPrecondition)
            {
                await PauseAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                Session.AddLeftover($"{what} could not be removed: {Verdicts.Describe(failure)}");
                return;
            }
        }
    }
}
