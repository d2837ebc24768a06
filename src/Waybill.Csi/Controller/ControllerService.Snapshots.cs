using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi;

/// <content>Takes, removes and lists snapshots.</content>
internal sealed partial class ControllerService
{
    public override async Task<CreateSnapshotResponse> CreateSnapshot(CreateSnapshotRequest request, ServerCallContext context)
    {
        ISnapshotProvider snapshots = Snapshots;
        string name = RequiredFields.Name(request.Name);
        VolumeId? source = RequiredFields.Volume(request.SourceVolumeId, "source_volume_id");
        ParameterNames.MustBeNone(request.Parameters);
        using IDisposable held = plugin.Locks.Enter(SnapshotName, name);
        SnapshotDescriptor snapshot = await snapshots.CreateSnapshotAsync(
            source ?? throw CallError.NotFound($"There is no volume {request.SourceVolumeId}."), name, context.CancellationToken).ConfigureAwait(false);
        return new CreateSnapshotResponse { Snapshot = WireSnapshots.Describe(snapshot) };
    }

    public override async Task<DeleteSnapshotResponse> DeleteSnapshot(DeleteSnapshotRequest request, ServerCallContext context)
    {
        ISnapshotProvider snapshots = Snapshots;
        SnapshotId? id = RequiredFields.Snapshot(request.SnapshotId);
        using IDisposable held = plugin.Locks.Enter(SnapshotObject, request.SnapshotId);
        if (await FindSnapshotAsync(snapshots, id, context.CancellationToken).ConfigureAwait(false) is { } snapshot)
        {
            if (snapshot.Group.Length > 0 && plugin.Roles.Groups is not null)
            {
                throw CallError.Invalid($"Snapshot {request.SnapshotId} is part of group {snapshot.Group} and goes with it: remove the group.");
            }

            await snapshots.DeleteSnapshotAsync(snapshot.Id, context.CancellationToken).ConfigureAwait(false);
        }

        return new DeleteSnapshotResponse();
    }

    public override async Task<GetSnapshotResponse> GetSnapshot(GetSnapshotRequest request, ServerCallContext context)
    {
        ISnapshotProvider snapshots = Snapshots;
        ThrowUnless(plugin.Roles.LooksUp, "GetSnapshot");
        SnapshotId? id = RequiredFields.Snapshot(request.SnapshotId);
        SnapshotDescriptor snapshot = await FindSnapshotAsync(snapshots, id, context.CancellationToken).ConfigureAwait(false)
            ?? throw CallError.NotFound($"There is no snapshot {request.SnapshotId}.");
        return new GetSnapshotResponse { Snapshot = WireSnapshots.Describe(snapshot) };
    }

    public override async Task<ListSnapshotsResponse> ListSnapshots(ListSnapshotsRequest request, ServerCallContext context)
    {
        CancellationToken cancellationToken = context.CancellationToken;
        var response = new ListSnapshotsResponse();
        response.NextToken = await PageWriter.WriteAsync(
            ListAsync(Snapshots, request, cancellationToken),
            static snapshot => snapshot.Id.ToString(),
            $"snapshots of '{request.SourceVolumeId}' like '{request.SnapshotId}'",
            request.StartingToken,
            request.MaxEntries,
            response.Entries,
            static snapshot => ValueTask.FromResult<ListSnapshotsResponse.Types.Entry?>(new() { Snapshot = WireSnapshots.Describe(snapshot) }),
            cancellationToken).ConfigureAwait(false);
        return response;
    }

    private static async IAsyncEnumerable<SnapshotDescriptor> ListAsync(
        ISnapshotProvider snapshots, ListSnapshotsRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        VolumeId? volume = null;
        if (request.SourceVolumeId.Length > 0)
        {
            if (!VolumeId.TryParse(request.SourceVolumeId, null, out VolumeId known))
            {
                yield break;
            }

            volume = known;
        }

        if (request.SnapshotId.Length > 0)
        {
            SnapshotId? id = SnapshotId.TryParse(request.SnapshotId, null, out SnapshotId parsed) ? parsed : null;
            if (await FindSnapshotAsync(snapshots, id, cancellationToken).ConfigureAwait(false) is { } found && (volume is null || found.Volume == volume))
            {
                yield return found;
            }

            yield break;
        }

        await foreach (SnapshotDescriptor snapshot in snapshots.ListSnapshotsAsync(volume, cancellationToken).ConfigureAwait(false))
        {
            yield return snapshot;
        }
    }

    private static async ValueTask<SnapshotDescriptor?> FindSnapshotAsync(ISnapshotProvider snapshots, SnapshotId? id, CancellationToken cancellationToken) =>
        id is { } snapshot ? await snapshots.FindSnapshotAsync(snapshot, cancellationToken).ConfigureAwait(false) : null;
}
