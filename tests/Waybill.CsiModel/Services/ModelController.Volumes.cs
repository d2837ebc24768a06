using System.Text;
using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.CsiModel;

/// <summary>Volumes are made, removed, looked at, expanded and modified.</summary>
internal sealed partial class ModelController
{
    private const int LengthOfCutNames = 127;

    private static readonly TimeSpan s_race = TimeSpan.FromMilliseconds(50);

    public override async Task<CreateVolumeResponse> CreateVolume(CreateVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.Name, "name");
        if (request.VolumeCapabilities.Count == 0)
        {
            throw Refused.With(StatusCode.InvalidArgument, "There are no volume capabilities.");
        }

        if (request.CapacityRange is { RequiredBytes: < 0 } or { LimitBytes: < 0 }
            || (request.CapacityRange is { LimitBytes: > 0 } range && range.LimitBytes < range.RequiredBytes)
            || (request.CapacityRange is null && faults.Break("csi.controller.create.no-capacity")))
        {
            throw Refused.With(StatusCode.InvalidArgument, "The capacity range is empty.");
        }

        RequireMutable(request.MutableParameters);
        if (request.MutableParameters.Count > 0 && faults.Break("csi.controller.create.mutable-parameters"))
        {
            throw Refused.Broken();
        }

        return await OnceAsync(request.Name, "csi.controller.create.concurrent", () => Find(request), () => Create(request));
    }

    public override Task<DeleteVolumeResponse> DeleteVolume(DeleteVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        lock (state.Gate)
        {
            if (!state.Volumes.TryGetValue(request.VolumeId, out ModelVolume? volume))
            {
                return faults.Break("csi.controller.delete.unknown") || faults.Break("csi.controller.delete.concurrent")
                    ? throw Refused.With(faults.Break("csi.controller.delete.unknown") ? StatusCode.NotFound : StatusCode.Internal, "There is no such volume.")
                    : Task.FromResult(new DeleteVolumeResponse());
            }

            if (faults.Break("csi.cleanup"))
            {
                throw Refused.Broken();
            }

            if (volume.Published.Count > 0 || volume.Staged.Count > 0)
            {
                throw Refused.With(StatusCode.FailedPrecondition, "The volume is in use.");
            }

            if (!faults.Break("csi.controller.delete.works"))
            {
                state.RemoveVolume(volume);
            }

            if (faults.Break("csi.controller.volumes.current"))
            {
                state.Ghosts.Add(volume.Describe());
            }

            if (faults.Break("csi.controller.delete.with-snapshot"))
            {
                foreach (ModelSnapshot snapshot in state.Snapshots.Values.Where(one => one.Volume == volume).ToArray())
                {
                    state.RemoveSnapshot(snapshot);
                }
            }

            return Task.FromResult(new DeleteVolumeResponse());
        }
    }

    public override Task<ValidateVolumeCapabilitiesResponse> ValidateVolumeCapabilities(ValidateVolumeCapabilitiesRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        if (request.VolumeCapabilities.Count == 0)
        {
            throw Refused.With(StatusCode.InvalidArgument, "There are no volume capabilities.");
        }

        lock (state.Gate)
        {
            Refused.Unknown(state.Volumes, request.VolumeId);
            ValidateVolumeCapabilitiesResponse response = new() { Confirmed = new ValidateVolumeCapabilitiesResponse.Types.Confirmed() };
            if (!faults.Break("csi.controller.validate.works"))
            {
                response.Confirmed.VolumeCapabilities.Add(request.VolumeCapabilities);
            }

            return Task.FromResult(response);
        }
    }

    public override Task<ControllerGetVolumeResponse> ControllerGetVolume(ControllerGetVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        lock (state.Gate)
        {
            Volume volume = Refused.Unknown(state.Volumes, request.VolumeId).Describe();
            volume.CapacityBytes -= faults.Break("csi.controller.get-volume.works") ? 1 : 0;
            return Task.FromResult(new ControllerGetVolumeResponse { Volume = volume });
        }
    }

    public override Task<ControllerExpandVolumeResponse> ControllerExpandVolume(ControllerExpandVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        Refused.Missing(request.CapacityRange, "capacity range");
        lock (state.Gate)
        {
            ModelVolume volume = Refused.Unknown(state.Volumes, request.VolumeId);
            long wanted = request.CapacityRange.RequiredBytes;
            if (faults.Break("csi.controller.expand.works"))
            {
                wanted = 0;
            }

            if (wanted > volume.Capacity || faults.Break("csi.controller.expand.smaller"))
            {
                volume.Capacity = wanted;
                if (volume.IsBlock && !faults.Break("csi.node.expand.works"))
                {
                    using FileStream file = new(volume.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                    file.SetLength(wanted);
                }
            }

            return Task.FromResult(new ControllerExpandVolumeResponse { CapacityBytes = volume.Capacity, NodeExpansionRequired = true });
        }
    }

    public override Task<ControllerModifyVolumeResponse> ControllerModifyVolume(ControllerModifyVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        lock (state.Gate)
        {
            ModelVolume volume = Refused.Unknown(state.Volumes, request.VolumeId);
            RequireMutable(request.MutableParameters);
            return faults.Break("csi.controller.modify.works") || (faults.Break("csi.controller.modify.again") && volume.Request.MutableParameters.Count > 0)
                ? throw Refused.Broken()
                : Task.FromResult(new ControllerModifyVolumeResponse());
        }
    }

    // A second call for a name is turned away while the first one is pending, unless nobody looks, which is the fault.
    private async Task<T> OnceAsync<T>(string name, string race, Func<T?> find, Func<T> make)
        where T : class
    {
        if (faults.Break(race))
        {
            T? known = Locked(find);
            await Task.Delay(s_race);
            return known ?? Locked(make);
        }

        if (!state.Pending.TryAdd(name, true))
        {
            throw Refused.With(StatusCode.Aborted, $"Something is pending for '{name}'.");
        }

        try
        {
            return Locked(() => find() ?? make());
        }
        finally
        {
            state.Pending.TryRemove(name, out _);
        }
    }

    private T Locked<T>(Func<T> run)
    {
        lock (state.Gate)
        {
            return run();
        }
    }

    private CreateVolumeResponse? Find(CreateVolumeRequest request)
    {
        string name = NameOf(request.Name);
        ModelVolume? known = state.Volumes.Values.FirstOrDefault(volume => NameOf(volume.Request.Name) == name);
        if (known is null || faults.Break("csi.controller.create.idempotent"))
        {
            return null;
        }

        bool fits = known.Capacity >= (request.CapacityRange?.RequiredBytes ?? 0) && (request.CapacityRange is not { LimitBytes: > 0 } range || known.Capacity <= range.LimitBytes);
        return fits && Equals(known.Request.VolumeContentSource, request.VolumeContentSource)
            ? Answer(known)
            : throw Refused.With(StatusCode.AlreadyExists, $"'{request.Name}' is another volume.");
    }

    private CreateVolumeResponse Create(CreateVolumeRequest request)
    {
        long length = Math.Max(request.CapacityRange?.RequiredBytes ?? 0, request.CapacityRange is null ? DefaultLength : 4096);
        string? source = null;
        if (request.VolumeContentSource?.Snapshot is { } snapshotSource)
        {
            ModelSnapshot snapshot = Refused.Unknown(state.Snapshots, snapshotSource.SnapshotId);
            bool fromLive = faults.Break(snapshot.Volume.IsBlock ? "csi.node.content.snapshot-block" : "csi.node.content.snapshot-mounted");
            source = fromLive ? snapshot.Volume.Path : snapshot.Path;
            length = Math.Max(length, snapshot.Length);
        }
        else if (request.VolumeContentSource?.Volume is { } volumeSource)
        {
            ModelVolume volume = Refused.Unknown(state.Volumes, volumeSource.VolumeId);
            source = faults.Break("csi.node.content.clone") ? null : volume.Path;
            length = Math.Max(length, volume.Capacity);
        }

        ModelVolume made = state.AddVolume(request, length, source);
        if (faults.Break("csi.restart.create"))
        {
            state.Ghosts.Add(new Volume { VolumeId = state.NewId("ghost") });
        }

        return Answer(made);
    }

    private CreateVolumeResponse Answer(ModelVolume volume)
    {
        Volume answer = volume.Describe();
        if (faults.Break("csi.controller.create.capacity"))
        {
            answer.CapacityBytes /= 2;
        }

        if (faults.Break("csi.controller.create.from-snapshot") || faults.Break("csi.controller.create.clone"))
        {
            answer.ContentSource = null;
        }

        return new CreateVolumeResponse { Volume = answer };
    }

    // Names are cut or folded by drivers that put them into something smaller.
    private string NameOf(string name)
    {
        bool cuts = faults.Break("csi.controller.create.long-name") || faults.Break("csi.controller.snapshot.long-name");
        return cuts && name.Length > LengthOfCutNames ? name[..LengthOfCutNames]
            : faults.Break("csi.controller.create.unicode-name") ? Encoding.ASCII.GetString(Encoding.ASCII.GetBytes(name))
            : name;
    }

    private static void RequireMutable(Google.Protobuf.Collections.MapField<string, string> parameters)
    {
        if (parameters.Keys.FirstOrDefault(key => !ModelDriver.MutableParameters.ContainsKey(key)) is { } unknown)
        {
            throw Refused.With(StatusCode.InvalidArgument, $"'{unknown}' cannot be changed.");
        }
    }
}
