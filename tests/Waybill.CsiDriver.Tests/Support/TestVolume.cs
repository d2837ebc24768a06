using Waybill.Csi.Wire;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>A volume as an orchestrator uses it.</summary>
internal sealed class TestVolume
{
    private const long Mebibyte = 1 << 20;

    private readonly DriverLab _lab;

    private TestVolume(DriverLab lab, string id, string name, VolumeCapability capability)
    {
        _lab = lab;
        Id = id;
        Name = name;
        Capability = capability;
    }

    public string Id { get; }

    public string Name { get; }

    public VolumeCapability Capability { get; set; }

    public string Staging => Path.Combine(_lab.Paths, Name + "-staging");

    public string Target => GetTarget("target");

    public string Image => _lab.GetImage(Id);

    public static async Task<TestVolume> CreateAsync(
        DriverLab lab, string name, VolumeCapability capability, long mebibytes = 0, VolumeContentSource? source = null)
    {
        CreateVolumeRequest request = Request(name, capability, mebibytes, source);
        CreateVolumeResponse response = await lab.Driver.Controller.CreateVolumeAsync(request);
        return new TestVolume(lab, response.Volume.VolumeId, name, capability);
    }

    /// <summary>Takes a volume that others made.</summary>
    public static TestVolume Of(DriverLab lab, string id, string name, VolumeCapability capability) => new(lab, id, name, capability);

    public static CreateVolumeRequest Request(string name, VolumeCapability capability, long mebibytes = 0, VolumeContentSource? source = null)
    {
        var request = new CreateVolumeRequest
        {
            Name = name,
            CapacityRange = new CapacityRange { RequiredBytes = (mebibytes > 0 ? mebibytes : SmallestOf(capability)) * Mebibyte },
            VolumeContentSource = source,
        };
        request.VolumeCapabilities.Add(capability);
        return request;
    }

    public static VolumeCapability Mounted(string fileSystem, Mode mode = Mode.SingleNodeMultiWriter, params string[] flags)
    {
        var mount = new VolumeCapability.Types.MountVolume { FsType = fileSystem };
        mount.MountFlags.AddRange(flags);
        return new VolumeCapability { Mount = mount, AccessMode = new VolumeCapability.Types.AccessMode { Mode = mode } };
    }

    public static VolumeCapability Block(Mode mode = Mode.SingleNodeMultiWriter) =>
        new() { Block = new VolumeCapability.Types.BlockVolume(), AccessMode = new VolumeCapability.Types.AccessMode { Mode = mode } };

    public static VolumeContentSource FromSnapshot(string snapshot) =>
        new() { Snapshot = new VolumeContentSource.Types.SnapshotSource { SnapshotId = snapshot } };

    public static VolumeContentSource FromVolume(string volume) => new() { Volume = new VolumeContentSource.Types.VolumeSource { VolumeId = volume } };

    public string GetTarget(string name) => Path.Combine(_lab.Paths, $"{Name}-{name}");

    public NodeStageVolumeRequest StageRequest()
    {
        Directory.CreateDirectory(Staging);
        return new NodeStageVolumeRequest { VolumeId = Id, StagingTargetPath = Staging, VolumeCapability = Capability };
    }

    public NodePublishVolumeRequest PublishRequest(string? target = null, bool isReadOnly = false) =>
        new() { VolumeId = Id, StagingTargetPath = Staging, TargetPath = target ?? Target, VolumeCapability = Capability, Readonly = isReadOnly };

    public async Task StageAsync() => await _lab.Driver.Node.NodeStageVolumeAsync(StageRequest());

    public async Task PublishAsync(string? target = null, bool isReadOnly = false) =>
        await _lab.Driver.Node.NodePublishVolumeAsync(PublishRequest(target, isReadOnly));

    public async Task UnpublishAsync(string? target = null) =>
        await _lab.Driver.Node.NodeUnpublishVolumeAsync(new NodeUnpublishVolumeRequest { VolumeId = Id, TargetPath = target ?? Target });

    public async Task UnstageAsync() =>
        await _lab.Driver.Node.NodeUnstageVolumeAsync(new NodeUnstageVolumeRequest { VolumeId = Id, StagingTargetPath = Staging });

    public async Task DeleteAsync() => await _lab.Driver.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = Id });

    public async Task UpAsync(bool isReadOnly = false)
    {
        await Answer.RepeatAsync(StageAsync);
        await PublishAsync(isReadOnly: isReadOnly);
    }

    public async Task DownAsync()
    {
        await UnpublishAsync();
        await Answer.RepeatAsync(UnstageAsync);
    }

    public async Task<string> SnapshotAsync(string name)
    {
        var request = new CreateSnapshotRequest { SourceVolumeId = Id, Name = name };
        return (await _lab.Driver.Controller.CreateSnapshotAsync(request)).Snapshot.SnapshotId;
    }

    public async Task<NodeExpandVolumeResponse> ExpandAsync(long mebibytes)
    {
        var range = new CapacityRange { RequiredBytes = mebibytes * Mebibyte };
        await _lab.Driver.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { VolumeId = Id, CapacityRange = range });
        return await _lab.Driver.Node.NodeExpandVolumeAsync(
            new NodeExpandVolumeRequest { VolumeId = Id, VolumePath = Target, StagingTargetPath = Staging, CapacityRange = range });
    }

    public async Task<NodeGetVolumeStatsResponse> GetStatsAsync(string? path = null) =>
        await _lab.Driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = Id, VolumePath = path ?? Target });

    /// <summary>Writes a file into the published volume, durably.</summary>
    public void Write(string name, string text)
    {
        using var file = new FileStream(Path.Combine(Target, name), FileMode.Create, FileAccess.Write);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Writes over the beginning of a file in one step: at no moment is it empty.</summary>
    public void Overwrite(string name, string text)
    {
        using var file = new FileStream(Path.Combine(Target, name), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(Target, name));

    private static long SmallestOf(VolumeCapability capability) => capability.Mount?.FsType switch
    {
        "xfs" => 320,
        "btrfs" => 128,
        _ => 64,
    };
}
