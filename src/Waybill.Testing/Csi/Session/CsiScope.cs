using Google.Protobuf.Collections;
using Grpc.Core;
using Waybill.Csi.Wire;
using AccessMode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>What one check works with. Everything it makes is removed when it is disposed, whatever happened.</summary>
internal sealed partial class CsiScope(CsiSession session) : IAsyncDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private readonly List<string> _volumes = [];
    private readonly List<CreateVolumeRequest> _unsureVolumes = [];
    private readonly List<string> _snapshots = [];
    private readonly List<CreateSnapshotRequest> _unsureSnapshots = [];
    private readonly List<(string Id, string[] Snapshots)> _groups = [];
    private readonly List<CreateVolumeGroupSnapshotRequest> _unsureGroups = [];

    public CsiSession Session { get; } = session;

    public CsiConformanceOptions Options => Session.Options;

    public string NewName() => Session.NewName();

    /// <summary>Gives an id that no object has.</summary>
    public string NewUnknownId() => $"{NewName()}-unknown";

    public MapField<string, string> Secrets() => new() { Options.Secrets };

    public CallOptions Call(CancellationToken cancellationToken) => Session.Call(cancellationToken);

    public static VolumeCapability Capability(CsiAccess access, AccessMode mode = AccessMode.SingleNodeWriter)
    {
        var capability = new VolumeCapability { AccessMode = new VolumeCapability.Types.AccessMode { Mode = mode } };
        if (access == CsiAccess.Block)
        {
            capability.Block = new VolumeCapability.Types.BlockVolume();
        }
        else
        {
            capability.Mount = new VolumeCapability.Types.MountVolume();
        }

        return capability;
    }

    /// <summary>Gives a request for a volume as the options say; a check changes what it is about.</summary>
    public CreateVolumeRequest VolumeRequest(CsiAccess? access = null, string? name = null)
    {
        var request = new CreateVolumeRequest
        {
            Name = name ?? NewName(),
            CapacityRange = new CapacityRange { RequiredBytes = Options.VolumeLength },
        };
        request.VolumeCapabilities.Add(Capability(access ?? Options.Access));
        request.Parameters.Add(Options.VolumeParameters);
        request.Secrets.Add(Options.Secrets);
        if (Session.NodeInfo?.AccessibleTopology is { } topology)
        {
            // The node of this machine is the only one at hand, so volumes have to be made where it reaches them.
            request.AccessibilityRequirements = new TopologyRequirement();
            request.AccessibilityRequirements.Requisite.Add(topology);
        }

        return request;
    }

    public CreateSnapshotRequest SnapshotRequest(string volume, string? name = null)
    {
        var request = new CreateSnapshotRequest { SourceVolumeId = volume, Name = name ?? NewName() };
        request.Parameters.Add(Options.SnapshotParameters);
        request.Secrets.Add(Options.Secrets);
        return request;
    }

    public CreateVolumeGroupSnapshotRequest GroupRequest(params IEnumerable<string> volumes)
    {
        var request = new CreateVolumeGroupSnapshotRequest { Name = NewName() };
        request.SourceVolumeIds.Add(volumes);
        request.Parameters.Add(Options.GroupSnapshotParameters);
        request.Secrets.Add(Options.Secrets);
        return request;
    }

    /// <summary>Makes a volume as the options say; without the capability there is nothing to check.</summary>
    public async Task<Volume> NewVolumeAsync(CancellationToken cancellationToken, CsiAccess? access = null)
    {
        Session.Require(ControllerCall.CreateDeleteVolume);
        CsiAccess chosen = access ?? Options.Access;
        CsiSession.Require(!Session.Refuses(chosen), $"The driver makes no {chosen} volumes.");
        try
        {
            return await CreateVolumeAsync(VolumeRequest(chosen), cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException refused) when (chosen != Options.Access && refused.StatusCode == StatusCode.InvalidArgument)
        {
            Session.Refuse(chosen);
            throw new CheckSkippedException($"The driver makes no {chosen} volumes: {CsiStatus.Describe(refused)}");
        }
        catch (RpcException failure)
        {
            throw new CheckFailedException($"A volume could not be made: {CsiStatus.Describe(failure)}.");
        }
    }

    /// <summary>Makes a volume. What may have been made although the call failed is removed as well.</summary>
    public async Task<Volume> CreateVolumeAsync(CreateVolumeRequest request, CancellationToken cancellationToken)
    {
        Add(_unsureVolumes, request);
        try
        {
            CreateVolumeResponse response = await Session.Controller.CreateVolumeAsync(request, Call(cancellationToken)).ConfigureAwait(false);
            Verdicts.Require(response.Volume is { VolumeId.Length: > 0 }, "A volume was made without an id.");
            Add(_volumes, response.Volume.VolumeId);
            Remove(_unsureVolumes, request);
            return response.Volume;
        }
        catch (RpcException failure) when (CsiStatus.IsRefusal(failure.StatusCode))
        {
            Remove(_unsureVolumes, request);
            throw;
        }
    }

    public async Task DeleteVolumeAsync(string volume, CancellationToken cancellationToken)
    {
        DeleteVolumeRequest request = new() { VolumeId = volume };
        request.Secrets.Add(Options.Secrets);
        await Session.Controller.DeleteVolumeAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        Remove(_volumes, volume);
    }

    /// <summary>Takes a snapshot and waits until it can be used.</summary>
    public async Task<Snapshot> NewSnapshotAsync(string volume, CancellationToken cancellationToken)
    {
        Session.Require(ControllerCall.CreateDeleteSnapshot);
        return await CsiStatus.SucceedAsync("A snapshot", () => ReadySnapshotAsync(SnapshotRequest(volume), cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Repeats the same request until the snapshot can be used.</summary>
    public async Task<Snapshot> ReadySnapshotAsync(CreateSnapshotRequest request, CancellationToken cancellationToken)
    {
        long start = Options.TimeProvider.GetTimestamp();
        while (true)
        {
            Snapshot snapshot = await CreateSnapshotAsync(request, cancellationToken).ConfigureAwait(false);
            if (snapshot.ReadyToUse)
            {
                return snapshot;
            }

            Verdicts.Require(Options.TimeProvider.GetElapsedTime(start) < Options.Patience, $"Snapshot {snapshot.SnapshotId} was not ready within {Options.Patience}.");
            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<Snapshot> CreateSnapshotAsync(CreateSnapshotRequest request, CancellationToken cancellationToken)
    {
        Add(_unsureSnapshots, request);
        try
        {
            CreateSnapshotResponse response = await Session.Controller.CreateSnapshotAsync(request, Call(cancellationToken)).ConfigureAwait(false);
            Verdicts.Require(response.Snapshot is { SnapshotId.Length: > 0 }, "A snapshot was taken without an id.");
            Add(_snapshots, response.Snapshot.SnapshotId);
            Remove(_unsureSnapshots, request);
            return response.Snapshot;
        }
        catch (RpcException failure) when (CsiStatus.IsRefusal(failure.StatusCode))
        {
            Remove(_unsureSnapshots, request);
            throw;
        }
    }

    public async Task DeleteSnapshotAsync(string snapshot, CancellationToken cancellationToken)
    {
        DeleteSnapshotRequest request = new() { SnapshotId = snapshot };
        request.Secrets.Add(Options.Secrets);
        await Session.Controller.DeleteSnapshotAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        Remove(_snapshots, snapshot);
    }

    public async Task<VolumeGroupSnapshot> CreateGroupAsync(CreateVolumeGroupSnapshotRequest request, CancellationToken cancellationToken)
    {
        Add(_unsureGroups, request);
        try
        {
            CreateVolumeGroupSnapshotResponse response =
                await Session.Groups.CreateVolumeGroupSnapshotAsync(request, Call(cancellationToken)).ConfigureAwait(false);
            Verdicts.Require(response.GroupSnapshot is { GroupSnapshotId.Length: > 0 }, "A group snapshot was taken without an id.");
            VolumeGroupSnapshot group = response.GroupSnapshot;
            lock (_gate)
            {
                _groups.RemoveAll(known => known.Id == group.GroupSnapshotId);
                _groups.Add((group.GroupSnapshotId, [.. group.Snapshots.Select(one => one.SnapshotId)]));
            }

            Remove(_unsureGroups, request);
            return group;
        }
        catch (RpcException failure) when (CsiStatus.IsRefusal(failure.StatusCode))
        {
            Remove(_unsureGroups, request);
            throw;
        }
    }

    public async Task DeleteGroupAsync(string group, IEnumerable<string> snapshots, CancellationToken cancellationToken)
    {
        DeleteVolumeGroupSnapshotRequest request = new() { GroupSnapshotId = group };
        request.SnapshotIds.Add(snapshots);
        request.Secrets.Add(Options.Secrets);
        await Session.Groups.DeleteVolumeGroupSnapshotAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        lock (_gate)
        {
            _groups.RemoveAll(known => known.Id == group);
        }
    }

    /// <summary>Makes a volume of a snapshot.</summary>
    public Task<Volume> RestoreAsync(string snapshot, CsiAccess access, CancellationToken cancellationToken, long length = 0)
    {
        CreateVolumeRequest request = VolumeRequest(access);
        request.CapacityRange.RequiredBytes = Math.Max(length, Options.VolumeLength);
        request.VolumeContentSource = new VolumeContentSource { Snapshot = new VolumeContentSource.Types.SnapshotSource { SnapshotId = snapshot } };
        return CsiStatus.SucceedAsync("A volume made of a snapshot", () => CreateVolumeAsync(request, cancellationToken));
    }

    public Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(s_poll, Options.TimeProvider, cancellationToken);

    private void Add<T>(List<T> list, T item)
    {
        lock (_gate)
        {
            if (!list.Contains(item))
            {
                list.Add(item);
            }
        }
    }

    private void Remove<T>(List<T> list, T item)
    {
        lock (_gate)
        {
            list.Remove(item);
        }
    }
}
