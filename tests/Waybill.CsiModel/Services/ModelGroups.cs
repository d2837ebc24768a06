using Grpc.Core;
using Waybill.Csi.Wire;
using GroupCall = Waybill.Csi.Wire.GroupControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.CsiModel;

internal sealed class ModelGroups(ModelState state, Faults faults) : GroupController.GroupControllerBase
{
    private const int LengthOfCutNames = 127;

    private static readonly TimeSpan s_race = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    public override Task<GroupControllerGetCapabilitiesResponse> GroupControllerGetCapabilities(GroupControllerGetCapabilitiesRequest request, ServerCallContext context)
    {
        if (faults.Break("csi.identity.services"))
        {
            throw Refused.With(StatusCode.Unimplemented, "There is no such service.");
        }

        GroupControllerGetCapabilitiesResponse response = new();
        if (!faults.BreakEverySecondTime("csi.group.capabilities"))
        {
            response.Capabilities.Add(
                new GroupControllerServiceCapability { Rpc = new GroupControllerServiceCapability.Types.RPC { Type = GroupCall.CreateDeleteGetVolumeGroupSnapshot } });
        }

        return Task.FromResult(response);
    }

    public override async Task<CreateVolumeGroupSnapshotResponse> CreateVolumeGroupSnapshot(CreateVolumeGroupSnapshotRequest request, ServerCallContext context)
    {
        Refused.Empty(request.Name, "name");
        if (request.SourceVolumeIds.Count == 0)
        {
            throw Refused.With(StatusCode.InvalidArgument, "There are no volumes.");
        }

        ModelGroup? known;
        lock (state.Gate)
        {
            known = Find(request);
        }

        if (faults.Break("csi.group.create.concurrent"))
        {
            await Task.Delay(s_race);
        }
        else if (!state.Pending.TryAdd(request.Name, true))
        {
            throw Refused.With(StatusCode.Aborted, $"Something is pending for '{request.Name}'.");
        }

        try
        {
            ModelGroup group = known ?? await TakeAsync(request);
            VolumeGroupSnapshot answer = group.Describe();
            if (faults.Break("csi.group.create.works"))
            {
                answer.Snapshots[^1].GroupSnapshotId = "";
            }

            return new CreateVolumeGroupSnapshotResponse { GroupSnapshot = answer };
        }
        finally
        {
            state.Pending.TryRemove(request.Name, out _);
        }
    }

    public override Task<DeleteVolumeGroupSnapshotResponse> DeleteVolumeGroupSnapshot(DeleteVolumeGroupSnapshotRequest request, ServerCallContext context)
    {
        Refused.Empty(request.GroupSnapshotId, "group snapshot id");
        lock (state.Gate)
        {
            if (!state.Groups.TryGetValue(request.GroupSnapshotId, out ModelGroup? group))
            {
                return faults.Break("csi.group.delete.unknown")
                    ? throw Refused.With(StatusCode.NotFound, "There is no such group.")
                    : Task.FromResult(new DeleteVolumeGroupSnapshotResponse());
            }

            // Removing a group and leaving its snapshots is the fault.
            state.Groups.Remove(group.Id);
            foreach (ModelSnapshot member in group.Members.Skip(faults.Break("csi.group.delete.works") ? 1 : 0))
            {
                state.RemoveSnapshot(member);
            }

            return Task.FromResult(new DeleteVolumeGroupSnapshotResponse());
        }
    }

    public override Task<GetVolumeGroupSnapshotResponse> GetVolumeGroupSnapshot(GetVolumeGroupSnapshotRequest request, ServerCallContext context)
    {
        Refused.Empty(request.GroupSnapshotId, "group snapshot id");
        lock (state.Gate)
        {
            VolumeGroupSnapshot answer = Refused.Unknown(state.Groups, request.GroupSnapshotId).Describe();
            if (faults.Break("csi.group.get.works"))
            {
                answer.Snapshots.RemoveAt(0);
            }

            return Task.FromResult(new GetVolumeGroupSnapshotResponse { GroupSnapshot = answer });
        }
    }

    private ModelGroup? Find(CreateVolumeGroupSnapshotRequest request)
    {
        string name = NameOf(request.Name);
        ModelGroup? known = state.Groups.Values.FirstOrDefault(group => group.Name == name);
        if (known is null)
        {
            return null;
        }

        IEnumerable<string> members = known.Members.Select(member => member.Volume.Id);
        bool isSame = faults.Break("csi.group.create.idempotent")
            ? members.SequenceEqual(request.SourceVolumeIds)
            : members.Order(StringComparer.Ordinal).SequenceEqual(request.SourceVolumeIds.Order(StringComparer.Ordinal));
        return isSame ? known : throw Refused.With(StatusCode.AlreadyExists, $"'{request.Name}' is a group of other volumes.");
    }

    private async Task<ModelGroup> TakeAsync(CreateVolumeGroupSnapshotRequest request)
    {
        ModelVolume[] volumes;
        lock (state.Gate)
        {
            volumes = [.. request.SourceVolumeIds.Select(id => Refused.Unknown(state.Volumes, id))];
        }

        bool isTorn = faults.Break(volumes[0].IsBlock ? "csi.group.write-order-block" : "csi.group.write-order-mounted");
        if (!isTorn)
        {
            await state.FreezeGate.WaitAsync();
        }

        try
        {
            List<ModelSnapshot> members = [];
            string id;
            lock (state.Gate)
            {
                id = state.NewId("group");
            }

            foreach (ModelVolume volume in volumes)
            {
                lock (state.Gate)
                {
                    members.Add(state.AddSnapshot($"{request.Name}/{members.Count}", volume, id));
                }

                if (isTorn)
                {
                    await WaitForWritesAsync(volume);
                }
            }

            lock (state.Gate)
            {
                if (faults.Break("csi.group.create.restorable"))
                {
                    state.Snapshots.Remove(members[^1].Id);
                }

                return state.AddGroup(NameOf(request.Name), id, members);
            }
        }
        finally
        {
            if (!isTorn)
            {
                state.FreezeGate.Release();
            }
        }
    }

    // Long enough for several writes to what was taken already, so that those that follow elsewhere are in the next member without them.
    private static async Task WaitForWritesAsync(ModelVolume volume)
    {
        const int Looks = 2000;
        const int Enough = 3;
        byte[] before = Read();
        int changes = 0;
        for (int i = 0; i < Looks && changes < Enough; i++)
        {
            await Task.Delay(s_look);
            byte[] now = Read();
            changes += now.AsSpan().SequenceEqual(before) ? 0 : 1;
            before = now;
        }

        byte[] Read()
        {
            string? path = volume.IsBlock ? volume.Path : Directory.EnumerateFiles(volume.Path).FirstOrDefault();
            byte[] start = new byte[sizeof(long)];
            if (path is not null)
            {
                using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            }

            return start;
        }
    }

    private string NameOf(string name) => faults.Break("csi.group.create.long-name") && name.Length > LengthOfCutNames ? name[..LengthOfCutNames] : name;
}
