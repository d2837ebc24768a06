using Waybill.Csi.Wire;

namespace Waybill.CsiModel;

/// <summary>A volume: a file that stands for a block device, or a directory that stands for a file system.</summary>
internal sealed class ModelVolume(string id, string path, CreateVolumeRequest request, long capacity)
{
    public string Id { get; } = id;

    public string Path { get; } = path;

    public CreateVolumeRequest Request { get; } = request;

    public bool IsBlock => Request.VolumeCapabilities[0].AccessTypeCase == VolumeCapability.AccessTypeOneofCase.Block;

    public long Capacity { get; set; } = capacity;

    /// <summary>Gets or sets whether the node has it for reading only; null if it is not published to the node.</summary>
    public bool? AttachedReadOnly { get; set; }

    public HashSet<string> Staged { get; } = [];

    public Dictionary<string, NodePublishVolumeRequest> Published { get; } = [];

    public Volume Describe()
    {
        Volume volume = new() { VolumeId = Id, CapacityBytes = Capacity, ContentSource = Request.VolumeContentSource };
        volume.VolumeContext.Add("model", "1");
        volume.AccessibleTopology.Add(ModelNode.Place());
        return volume;
    }
}
