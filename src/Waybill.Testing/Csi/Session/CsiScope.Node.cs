using Waybill.Csi.Wire;
using AccessMode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using NodeCall = Waybill.Csi.Wire.NodeServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>Volumes on the node of this machine.</summary>
internal sealed partial class CsiScope
{
    private readonly List<(string Volume, string Node)> _attached = [];
    private readonly List<(string Volume, string Path)> _staged = [];
    private readonly List<(string Volume, string Path)> _published = [];
    private readonly List<string> _directories = [];

    /// <summary>Brings a volume to a path of this machine, by every step the driver announces.</summary>
    public async Task<CsiPlace> BringAsync(Volume volume, CsiAccess access, CancellationToken cancellationToken, AccessMode mode = AccessMode.SingleNodeWriter)
    {
        CsiPlace place = NewPlace(volume, access, mode);
        await CsiStatus.SucceedAsync("ControllerPublishVolume", () => AttachAsync(place, cancellationToken)).ConfigureAwait(false);
        await CsiStatus.SucceedAsync("NodeStageVolume", () => StageAsync(place, cancellationToken)).ConfigureAwait(false);
        await CsiStatus.SucceedAsync("NodePublishVolume", () => PublishAsync(place, cancellationToken)).ConfigureAwait(false);
        return place;
    }

    /// <summary>Takes a volume away from this machine, in the reverse order.</summary>
    public async Task TakeAwayAsync(CsiPlace place, CancellationToken cancellationToken)
    {
        await CsiStatus.SucceedAsync("NodeUnpublishVolume", () => UnpublishAsync(place.Volume.VolumeId, place.Target, cancellationToken)).ConfigureAwait(false);
        await CsiStatus.SucceedAsync("NodeUnstageVolume", () => UnstageAsync(place, cancellationToken)).ConfigureAwait(false);
        await CsiStatus.SucceedAsync("ControllerUnpublishVolume", () => DetachAsync(place, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Chooses paths for a volume, in directories that exist.</summary>
    public CsiPlace NewPlace(Volume volume, CsiAccess access, AccessMode mode = AccessMode.SingleNodeWriter)
    {
        Session.RequireNode();
        Session.PrepareDirectories();
        string name = NewName();
        string parent = Path.Combine(Session.MountDirectory, name);
        NewDirectory(parent);
        string staging = "";
        if (Session.Has(NodeCall.StageUnstageVolume))
        {
            staging = Path.Combine(Session.StagingDirectory, $"{name}-staging");
            NewDirectory(staging);
        }

        return new CsiPlace(volume, Capability(access, mode), Path.Combine(parent, "target"), staging);
    }

    /// <summary>Publishes a volume to the node, if the controller does that.</summary>
    public async Task<bool> AttachAsync(CsiPlace place, CancellationToken cancellationToken, bool readOnly = false)
    {
        if (!Session.Has(ControllerCall.PublishUnpublishVolume))
        {
            return false;
        }

        string node = NodeId;
        Add(_attached, (place.Volume.VolumeId, node));
        ControllerPublishVolumeRequest request = new()
        {
            VolumeId = place.Volume.VolumeId,
            NodeId = node,
            VolumeCapability = place.Capability,
            Readonly = readOnly,
        };
        request.VolumeContext.Add(place.Volume.VolumeContext);
        request.Secrets.Add(Options.Secrets);
        ControllerPublishVolumeResponse response = await Session.Controller.ControllerPublishVolumeAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        place.PublishContext = response.PublishContext.ToDictionary();
        return true;
    }

    public async Task<bool> DetachAsync(CsiPlace place, CancellationToken cancellationToken)
    {
        if (!Session.Has(ControllerCall.PublishUnpublishVolume))
        {
            return false;
        }

        await DetachAsync(place.Volume.VolumeId, NodeId, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Stages a volume, if the node does that.</summary>
    public async Task<bool> StageAsync(CsiPlace place, CancellationToken cancellationToken)
    {
        if (place.Staging.Length == 0)
        {
            return false;
        }

        Add(_staged, (place.Volume.VolumeId, place.Staging));
        NodeStageVolumeRequest request = new()
        {
            VolumeId = place.Volume.VolumeId,
            StagingTargetPath = place.Staging,
            VolumeCapability = place.Capability,
        };
        request.PublishContext.Add(place.PublishContext);
        request.VolumeContext.Add(place.Volume.VolumeContext);
        request.Secrets.Add(Options.Secrets);
        await Session.Node.NodeStageVolumeAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        return true;
    }

    public async Task<bool> UnstageAsync(CsiPlace place, CancellationToken cancellationToken)
    {
        if (place.Staging.Length == 0)
        {
            return false;
        }

        await UnstageAsync(place.Volume.VolumeId, place.Staging, cancellationToken).ConfigureAwait(false);
        return true;
    }

    public async Task<bool> PublishAsync(CsiPlace place, CancellationToken cancellationToken, string? target = null, bool readOnly = false)
    {
        string path = target ?? place.Target;
        Add(_published, (place.Volume.VolumeId, path));
        NodePublishVolumeRequest request = new()
        {
            VolumeId = place.Volume.VolumeId,
            StagingTargetPath = place.Staging,
            TargetPath = path,
            VolumeCapability = place.Capability,
            Readonly = readOnly,
        };
        request.PublishContext.Add(place.PublishContext);
        request.VolumeContext.Add(place.Volume.VolumeContext);
        request.Secrets.Add(Options.Secrets);
        await Session.Node.NodePublishVolumeAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        return true;
    }

    public async Task<bool> UnpublishAsync(string volume, string target, CancellationToken cancellationToken)
    {
        NodeUnpublishVolumeRequest request = new() { VolumeId = volume, TargetPath = target };
        await Session.Node.NodeUnpublishVolumeAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        Remove(_published, (volume, target));
        return true;
    }

    /// <summary>Gets whether there is something at a path, whatever it is.</summary>
    public static bool Exists(string path) => File.Exists(path) || Directory.Exists(path) || new FileInfo(path).LinkTarget is not null;

    /// <summary>Removes a directory of this run's own, which must be empty by now: what is mounted in it is never emptied.</summary>
    public static void RemoveDirectory(CsiSession session, string path)
    {
        try
        {
            Directory.Delete(path, recursive: false);
        }
        catch (DirectoryNotFoundException)
        {
            // The driver may remove what it was given to stage in.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            session.AddLeftover($"directory {path} could not be removed: {failure.Message}");
        }
    }

    private string NodeId => Session.NodeInfo?.NodeId is { Length: > 0 } id ? id : throw new CheckSkippedException("No node service says what the node is called.");

    private void NewDirectory(string path)
    {
        Directory.CreateDirectory(path);
        Add(_directories, path);
    }

    private async Task DetachAsync(string volume, string node, CancellationToken cancellationToken)
    {
        ControllerUnpublishVolumeRequest request = new() { VolumeId = volume, NodeId = node };
        request.Secrets.Add(Options.Secrets);
        await Session.Controller.ControllerUnpublishVolumeAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        Remove(_attached, (volume, node));
    }

    private async Task UnstageAsync(string volume, string path, CancellationToken cancellationToken)
    {
        NodeUnstageVolumeRequest request = new() { VolumeId = volume, StagingTargetPath = path };
        await Session.Node.NodeUnstageVolumeAsync(request, Call(cancellationToken)).ConfigureAwait(false);
        Remove(_staged, (volume, path));
    }
}
