using System.Globalization;
using System.Text.Json;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>A claim together with the volume it is bound to.</summary>
internal sealed record BoundClaim(string Namespace, string Name, string Uid)
{
    public const string Block = "Block";
    public const string Filesystem = "Filesystem";

    public string RequestedName { get; init; } = "";

    public string StorageClass { get; init; } = "";

    /// <summary>Gets the name of the PersistentVolume.</summary>
    public string Volume { get; init; } = "";

    public string Driver { get; init; } = "";

    /// <summary>Gets the driver's own name of the volume.</summary>
    public VolumeId Handle { get; init; }

    public long Length { get; init; }

    public string FileSystem { get; init; } = "";

    /// <summary>Gets <c>Block</c> or <c>Filesystem</c>.</summary>
    public string VolumeMode { get; init; } = "";

    /// <summary>Gets whether several nodes may write it at once.</summary>
    public bool IsShared { get; init; }

    public string ReclaimPolicy { get; init; } = "";

    public Timestamp? Created { get; init; }

    public VolumeId Id => new(ClusterObjectId.Of(Namespace, Name, Uid).ToString());

    /// <summary>Puts the two together; null if the volume is none of a CSI driver, or is another claim's.</summary>
    public static BoundClaim? From(JsonElement claim, JsonElement volume)
    {
        JsonElement metadata = claim.Member("metadata");
        JsonElement csi = volume.Member("spec", "csi");
        JsonElement reference = volume.Member("spec", "claimRef");
        bool fits = reference.Text("uid") == metadata.Text("uid") && claim.Member("status").Text("phase") == "Bound"
            && VolumeId.TryParse(csi.Text("volumeHandle"), null, out _) && csi.Text("driver").Length > 0;
        return !fits || !Quantity.TryParse(volume.Member("spec", "capacity").Text("storage"), out long length) ? null
            : new BoundClaim(metadata.Text("namespace"), metadata.Text("name"), metadata.Text("uid"))
            {
                RequestedName = metadata.Member("annotations").Text(ClusterMarks.Name),
                StorageClass = claim.Member("spec").Text("storageClassName"),
                Volume = volume.Member("metadata").Text("name"),
                Driver = csi.Text("driver"),
                Handle = new VolumeId(csi.Text("volumeHandle")),
                Length = length,
                FileSystem = csi.Text("fsType"),
                VolumeMode = claim.Member("spec").Text("volumeMode") is { Length: > 0 } mode ? mode : Filesystem,
                IsShared = claim.Member("spec").Items("accessModes").Any(mode => mode.ValueKind == JsonValueKind.String && mode.GetString() == "ReadWriteMany"),
                ReclaimPolicy = volume.Member("spec").Text("persistentVolumeReclaimPolicy"),
                Created = ReadTime(metadata.Text("creationTimestamp")),
            };
    }

    public static Timestamp? ReadTime(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? Timestamp.From(time) : null;

    public VolumeDescriptor ToDescriptor(VolumeKind kind) => new(Id, RequestedName.Length > 0 ? RequestedName : $"{Namespace}/{Name}", kind == VolumeKind.Block ? Length : 0)
    {
        Kind = kind,
        StorageClass = StorageClass,
        FileSystem = FileSystem,
        Created = Created,
    };
}
