using System.Globalization;
using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>Says what a snapshot holds, and what of it changed since an earlier one. A stream ends cleanly only if it is complete.</summary>
internal sealed class SnapshotMetadataService(PluginContext plugin) : SnapshotMetadata.SnapshotMetadataBase
{
    private IChangeSource Changes => plugin.Roles.Changes ?? throw CallError.Unimplemented("the snapshot metadata service");

    public override async Task GetMetadataAllocated(
        GetMetadataAllocatedRequest request, IServerStreamWriter<GetMetadataAllocatedResponse> responseStream, ServerCallContext context)
    {
        IChangeSource changes = Changes;
        CancellationToken cancellationToken = context.CancellationToken;
        SnapshotId? id = RequiredFields.Snapshot(request.SnapshotId);
        CheckPlace(request.StartingOffset, request.MaxResults);
        SnapshotDescriptor snapshot = await RequireAsync(id, request.SnapshotId, request.StartingOffset, cancellationToken).ConfigureAwait(false);
        RangeLayout layout = await MakeLayoutAsync(snapshot, request.StartingOffset, cancellationToken).ConfigureAwait(false);
        await MetadataStream.SendAsync(
            changes.GetAllocatedAsync(snapshot.Volume, snapshot.Id, request.StartingOffset, cancellationToken),
            layout,
            request.MaxResults,
            ranges =>
            {
                var response = new GetMetadataAllocatedResponse { BlockMetadataType = layout.Type, VolumeCapacityBytes = snapshot.Length };
                response.BlockMetadata.Add(ranges);
                return responseStream.WriteAsync(response, cancellationToken);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public override async Task GetMetadataDelta(
        GetMetadataDeltaRequest request, IServerStreamWriter<GetMetadataDeltaResponse> responseStream, ServerCallContext context)
    {
        _ = Changes;
        CancellationToken cancellationToken = context.CancellationToken;
        RequiredFields.Text(request.BaseSnapshotId, "base_snapshot_id");
        SnapshotId? id = RequiredFields.Snapshot(request.TargetSnapshotId, "target_snapshot_id");
        CheckPlace(request.StartingOffset, request.MaxResults);
        SnapshotDescriptor target = await RequireAsync(id, request.TargetSnapshotId, request.StartingOffset, cancellationToken).ConfigureAwait(false);
        Delta delta = await DiffAsync(request.BaseSnapshotId, target, cancellationToken).ConfigureAwait(false);
        await using (delta.ConfigureAwait(false))
        {
            RangeLayout layout = await MakeLayoutAsync(target, request.StartingOffset, cancellationToken).ConfigureAwait(false);
            await MetadataStream.SendAsync(
                DeltaRanges.ListAsync(delta, request.StartingOffset, cancellationToken),
                layout,
                request.MaxResults,
                ranges =>
                {
                    var response = new GetMetadataDeltaResponse { BlockMetadataType = layout.Type, VolumeCapacityBytes = target.Length };
                    response.BlockMetadata.Add(ranges);
                    return responseStream.WriteAsync(response, cancellationToken);
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static void CheckPlace(long startingOffset, int maxResults)
    {
        if (maxResults < 0)
        {
            throw CallError.Invalid("max_results is negative.");
        }

        if (startingOffset < 0)
        {
            throw CallError.OutOfRange("starting_offset is negative.");
        }
    }

    private async ValueTask<SnapshotDescriptor> RequireAsync(SnapshotId? id, string text, long startingOffset, CancellationToken cancellationToken)
    {
        SnapshotDescriptor snapshot = await FindAsync(id, cancellationToken).ConfigureAwait(false) ?? throw CallError.NotFound($"There is no snapshot {text}.");
        return !snapshot.IsReady ? throw CallError.Unavailable($"Snapshot {text} is not ready yet.")
            : startingOffset > snapshot.Length ? throw CallError.OutOfRange($"starting_offset lies behind the {snapshot.Length} bytes of snapshot {text}.")
            : snapshot;
    }

    private async ValueTask<SnapshotDescriptor?> FindAsync(SnapshotId? id, CancellationToken cancellationToken) =>
        id is { } snapshot ? await plugin.Roles.Snapshots!.FindSnapshotAsync(snapshot, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>Asks for the changes. Whose the base is, is the caller's claim and is checked here.</summary>
    private async ValueTask<Delta> DiffAsync(string baseId, SnapshotDescriptor target, CancellationToken cancellationToken)
    {
        SnapshotId? id = SnapshotId.TryParse(baseId, null, out SnapshotId parsed) ? parsed : null;
        SnapshotDescriptor? known = await FindAsync(id, cancellationToken).ConfigureAwait(false);
        if (known is not null && known.Volume != target.Volume)
        {
            throw CallError.Invalid($"Snapshot {baseId} is not of the volume that snapshot {target.Id} was taken of.");
        }

        if (known is not null && known.Created > target.Created)
        {
            throw CallError.Invalid($"Snapshot {baseId} was taken after snapshot {target.Id}, and cannot be its base.");
        }

        ChangeId changeId = known is null ? await ReadChangeIdAsync(baseId, target, cancellationToken).ConfigureAwait(false)
            : known.ChangeId ?? throw CallError.FailedPrecondition($"What changed since snapshot {baseId} is not known: read what is allocated, or everything.");
        DiffResult result = await Changes.DiffAsync(target.Volume, changeId, target.Id, cancellationToken).ConfigureAwait(false);
        return result switch
        {
            DiffResult.Known changes => changes.Changes,
            DiffResult.Fatal fatal => throw CallError.Invalid($"Changes since {baseId} cannot be asked for: {fatal.Reason}"),
            DiffResult.RetryLater later => throw CallError.Unavailable(string.Create(
                CultureInfo.InvariantCulture, $"Changes since {baseId} are not known yet: {later.Reason} Ask again in {later.After.TotalSeconds:0} s.")),
            DiffResult.UseAllocated or DiffResult.UseFull when known is null => throw NoBase(baseId),
            DiffResult.UseAllocated allocated => throw CallError.FailedPrecondition(
                $"Changes since {baseId} are not known: {allocated.Reason} Read what is allocated, and take it for everything there is."),
            DiffResult.UseFull full => throw CallError.FailedPrecondition($"Changes since {baseId} are not known: {full.Reason} Read everything."),
            _ => throw CallError.Internal($"The platform's answer of type {result.GetType().Name} is not known."),
        };
    }

    /// <summary>
    /// Takes a base that is no snapshot for a change id. On platforms whose changes outlive the base snapshot that is what clients have to give, as there is no
    /// other field for it.
    /// </summary>
    private async ValueTask<ChangeId> ReadChangeIdAsync(string baseId, SnapshotDescriptor target, CancellationToken cancellationToken)
    {
        VolumeCapabilities? capabilities = await FindCapabilitiesAsync(target.Volume, cancellationToken).ConfigureAwait(false);
        return capabilities is { BaseMustExist: false, ChangeIdKind: not ChangeIdKind.None } && ChangeId.TryParse(baseId, null, out ChangeId result) ? result : throw NoBase(baseId);
    }

    private async ValueTask<RangeLayout> MakeLayoutAsync(SnapshotDescriptor snapshot, long startingOffset, CancellationToken cancellationToken)
    {
        VolumeCapabilities? capabilities = await FindCapabilitiesAsync(snapshot.Volume, cancellationToken).ConfigureAwait(false);
        int unit = capabilities?.Granularity ?? 0;
        bool isFixed = plugin.Plugin.FixedLengthMetadata && unit > 0 && snapshot.Length % unit == 0;
        return new RangeLayout(plugin.Roles.Provider!.Name, snapshot.Length, startingOffset, unit, isFixed);
    }

    private async ValueTask<VolumeCapabilities?> FindCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken)
    {
        try
        {
            return await plugin.Roles.Provider!.GetCapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException e) when (e.Code == WaybillErrorCode.VolumeNotFound)
        {
            // The snapshot may outlive its volume.
            return null;
        }
    }

    private static RpcException NoBase(string baseId) => CallError.NotFound($"There is no snapshot {baseId}.");
}
