using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.CsiModel;

/// <summary>What the controller says of itself, and its lists.</summary>
internal sealed partial class ModelController(ModelState state, Faults faults) : Controller.ControllerBase
{
    private const long DefaultLength = 1 << 20;
    private const long LargestVolume = 1L << 40;

    private static readonly ControllerCall[] s_calls =
    [
        ControllerCall.CreateDeleteVolume, ControllerCall.PublishUnpublishVolume, ControllerCall.ListVolumes, ControllerCall.GetCapacity,
        ControllerCall.CreateDeleteSnapshot, ControllerCall.ListSnapshots, ControllerCall.CloneVolume, ControllerCall.PublishReadonly, ControllerCall.ExpandVolume,
        ControllerCall.GetVolume, ControllerCall.SingleNodeMultiWriter, ControllerCall.ModifyVolume, ControllerCall.GetSnapshot,
    ];

    // A kind of a later version of the interface, which is no failure.
    private const ControllerCall LaterCall = (ControllerCall)4711;

    public override Task<ControllerGetCapabilitiesResponse> ControllerGetCapabilities(ControllerGetCapabilitiesRequest request, ServerCallContext context)
    {
        ControllerGetCapabilitiesResponse response = new();
        IEnumerable<ControllerCall> calls = faults.BreakEverySecondTime("csi.controller.capabilities") ? s_calls : s_calls.Append(LaterCall);
        response.Capabilities.Add(calls.Select(call => new ControllerServiceCapability { Rpc = new ControllerServiceCapability.Types.RPC { Type = call } }));
        return Task.FromResult(response);
    }

    public override Task<GetCapacityResponse> GetCapacity(GetCapacityRequest request, ServerCallContext context) => Task.FromResult(
        new GetCapacityResponse { AvailableCapacity = faults.Break("csi.controller.capacity") ? -1 : LargestVolume, MaximumVolumeSize = LargestVolume, MinimumVolumeSize = 4096 });

    public override Task<ListVolumesResponse> ListVolumes(ListVolumesRequest request, ServerCallContext context)
    {
        lock (state.Gate)
        {
            List<Volume> all = [.. state.Volumes.Values.OrderBy(volume => volume.Id, StringComparer.Ordinal).Select(volume => volume.Describe()), .. state.Ghosts];
            (int start, int count, string next) = Page(
                all.Count, request.StartingToken, faults.Break("csi.controller.volumes.pages") ? 0 : request.MaxEntries, faults.Break("csi.controller.volumes.changing"));
            ListVolumesResponse response = new() { NextToken = next };
            response.Entries.Add(all.Skip(start).Take(count).Select(volume => new ListVolumesResponse.Types.Entry { Volume = volume }));
            if (faults.Break("csi.controller.volumes.entries"))
            {
                response.Entries.Add(new ListVolumesResponse.Types.Entry { Volume = new Volume { CapacityBytes = 1 } });
            }

            return Task.FromResult(response);
        }
    }

    public override Task<ListSnapshotsResponse> ListSnapshots(ListSnapshotsRequest request, ServerCallContext context)
    {
        lock (state.Gate)
        {
            bool isUnknown = (request.SnapshotId.Length > 0 && !state.Snapshots.ContainsKey(request.SnapshotId) && faults.Break("csi.controller.snapshots.id-unknown"))
                || (request.SourceVolumeId.Length > 0 && !state.Volumes.ContainsKey(request.SourceVolumeId) && faults.Break("csi.controller.snapshots.volume-unknown"));
            if (isUnknown)
            {
                throw Refused.With(StatusCode.NotFound, "There is no such thing.");
            }

            bool all = faults.Break("csi.controller.snapshots.by-id") || faults.Break("csi.controller.snapshots.by-volume");
            List<Snapshot> listed =
            [
                .. state.Snapshots.Values
                    .Where(one => all || ((request.SnapshotId.Length == 0 || one.Id == request.SnapshotId) && (request.SourceVolumeId.Length == 0 || one.Volume.Id == request.SourceVolumeId)))
                    .OrderBy(one => one.Id, StringComparer.Ordinal)
                    .Select(one => one.Describe()),
                .. state.GhostSnapshots,
            ];
            (int start, int count, string next) = Page(
                listed.Count, request.StartingToken, faults.Break("csi.controller.snapshots.pages") ? 0 : request.MaxEntries, faults.Break("csi.controller.snapshots.changing"));
            ListSnapshotsResponse response = new() { NextToken = next };
            response.Entries.Add(listed.Skip(start).Take(count).Select(snapshot => new ListSnapshotsResponse.Types.Entry { Snapshot = snapshot }));
            if (faults.Break("csi.controller.snapshots.entries") && response.Entries.Count > 0)
            {
                response.Entries.Add(response.Entries[0]);
            }

            return Task.FromResult(response);
        }
    }

    // A token says where to go on, and how often anything had changed by then, which only a driver that is wrong minds.
    private (int Start, int Count, string Next) Page(int total, string token, int most, bool failsOnChange)
    {
        int start = 0;
        if (token.Length > 0)
        {
            string[] parts = token.Split('@');
            if (parts.Length != 2 || !int.TryParse(parts[0], out start) || !long.TryParse(parts[1], out long changes) || start > total)
            {
                throw Refused.With(StatusCode.Aborted, "This is not a token of this driver.");
            }

            if (failsOnChange && changes != state.Changes)
            {
                throw Refused.Broken();
            }
        }

        int count = most <= 0 ? total - start : Math.Min(most, total - start);
        return (start, count, start + count < total ? $"{start + count}@{state.Changes}" : "");
    }
}
