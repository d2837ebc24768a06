using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>Takes, removes and shows snapshots of several volumes that are consistent with each other in the order of writes. A group's id is its name.</summary>
internal sealed class GroupControllerService(PluginContext plugin) : GroupController.GroupControllerBase
{
    private const string GroupObject = "group";

    private IGroupSnapshotProvider Groups => plugin.Roles.Groups ?? throw CallError.Unimplemented("snapshots of several volumes");

    public override Task<GroupControllerGetCapabilitiesResponse> GroupControllerGetCapabilities(
        GroupControllerGetCapabilitiesRequest request, ServerCallContext context)
    {
        var response = new GroupControllerGetCapabilitiesResponse();
        response.Capabilities.Add(new GroupControllerServiceCapability
        {
            Rpc = new GroupControllerServiceCapability.Types.RPC
            {
                Type = GroupControllerServiceCapability.Types.RPC.Types.Type.CreateDeleteGetVolumeGroupSnapshot,
            },
        });
        return Task.FromResult(response);
    }

    public override async Task<CreateVolumeGroupSnapshotResponse> CreateVolumeGroupSnapshot(CreateVolumeGroupSnapshotRequest request, ServerCallContext context)
    {
        IGroupSnapshotProvider groups = Groups;
        string name = RequiredFields.Name(request.Name);
        RequiredFields.List(request.SourceVolumeIds, "source_volume_ids");
        ParameterNames.MustBeNone(request.Parameters);
        var volumes = new List<VolumeId>();
        foreach (string text in request.SourceVolumeIds)
        {
            volumes.Add(RequiredFields.Volume(text, "source_volume_ids") ?? throw CallError.NotFound($"There is no volume {text}."));
        }

        if (volumes.Distinct().Count() != volumes.Count)
        {
            throw CallError.Invalid("source_volume_ids names a volume twice.");
        }

        using IDisposable held = plugin.Locks.Enter(GroupObject, name);
        ImmutableArray<SnapshotDescriptor> members = await groups.CreateGroupAsync(volumes, name, context.CancellationToken).ConfigureAwait(false);
        if (members.Length != volumes.Count || members.Any(member => member.Group != name))
        {
            throw CallError.Internal($"The platform gave {members.Length} snapshots for the {volumes.Count} volumes of group {name}, or did not note the group.");
        }

        return new CreateVolumeGroupSnapshotResponse { GroupSnapshot = Describe(name, members) };
    }

    public override async Task<DeleteVolumeGroupSnapshotResponse> DeleteVolumeGroupSnapshot(DeleteVolumeGroupSnapshotRequest request, ServerCallContext context)
    {
        IGroupSnapshotProvider groups = Groups;
        string name = RequiredFields.Text(request.GroupSnapshotId, "group_snapshot_id");
        using IDisposable held = plugin.Locks.Enter(GroupObject, name);
        List<SnapshotDescriptor> members = await ListAsync(name, context.CancellationToken).ConfigureAwait(false);
        if (members.Count > 0)
        {
            // A call that was cut short may have removed some members already: what is named and gone is as it should be.
            await ThrowIfOthersAsync(name, members, request.SnapshotIds, mayBeGone: true, context.CancellationToken).ConfigureAwait(false);
            await groups.DeleteGroupAsync(name, context.CancellationToken).ConfigureAwait(false);
        }

        return new DeleteVolumeGroupSnapshotResponse();
    }

    public override async Task<GetVolumeGroupSnapshotResponse> GetVolumeGroupSnapshot(GetVolumeGroupSnapshotRequest request, ServerCallContext context)
    {
        _ = Groups;
        string name = RequiredFields.Text(request.GroupSnapshotId, "group_snapshot_id");
        List<SnapshotDescriptor> members = await ListAsync(name, context.CancellationToken).ConfigureAwait(false);
        if (members.Count == 0)
        {
            throw CallError.NotFound($"There is no group {name}.");
        }

        await ThrowIfOthersAsync(name, members, request.SnapshotIds, mayBeGone: false, context.CancellationToken).ConfigureAwait(false);
        return new GetVolumeGroupSnapshotResponse { GroupSnapshot = Describe(name, members) };
    }

    private async Task<List<SnapshotDescriptor>> ListAsync(string name, CancellationToken cancellationToken)
    {
        var members = new List<SnapshotDescriptor>();
        await foreach (SnapshotDescriptor snapshot in plugin.Roles.Snapshots!.ListSnapshotsAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (snapshot.Group == name)
            {
                members.Add(snapshot);
            }
        }

        return members;
    }

    private async ValueTask ThrowIfOthersAsync(
        string name, List<SnapshotDescriptor> members, RepeatedField<string> named, bool mayBeGone, CancellationToken cancellationToken)
    {
        RequiredFields.List(named, "snapshot_ids");
        var known = members.Select(member => member.Id.ToString()).ToHashSet(StringComparer.Ordinal);
        if (known.FirstOrDefault(id => !named.Contains(id)) is { } unnamed)
        {
            throw CallError.Invalid($"Snapshot {unnamed} belongs to group {name} and is not among snapshot_ids.");
        }

        foreach (string id in named.Where(id => !known.Contains(id)))
        {
            bool isGone = !SnapshotId.TryParse(id, null, out SnapshotId snapshot)
                || await plugin.Roles.Snapshots!.FindSnapshotAsync(snapshot, cancellationToken).ConfigureAwait(false) is null;
            if (!isGone || !mayBeGone)
            {
                throw CallError.Invalid(isGone ? $"Snapshot {id} of group {name} does not exist any more." : $"Snapshot {id} does not belong to group {name}.");
            }
        }
    }

    private static VolumeGroupSnapshot Describe(string name, IReadOnlyList<SnapshotDescriptor> members)
    {
        var group = new VolumeGroupSnapshot
        {
            GroupSnapshotId = name,
            CreationTime = WireSnapshots.Time(members.Min(member => member.Created)),
            ReadyToUse = members.All(member => member.IsReady),
        };
        group.Snapshots.Add(members.Select(WireSnapshots.Describe));
        return group;
    }
}
