using System.Globalization;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What is read of a VolumeSnapshot.</summary>
internal sealed record SnapshotObject(string Namespace, string Name, string Uid)
{
    // There is no standard place for it: this is what the one driver does that gives one.
    private const string ChangeIdAnnotation = "csi.vsphere.volume/change-id";

    /// <summary>Gets the claim it was taken of; empty if it was brought in from elsewhere.</summary>
    public string Claim { get; init; } = "";

    public string RequestedName { get; init; } = "";

    /// <summary>Gets the VolumeSnapshotContent; empty as long as there is none.</summary>
    public string Content { get; init; } = "";

    /// <summary>Gets the moment it was taken at; null as long as it is not taken.</summary>
    public Timestamp? Taken { get; init; }

    /// <summary>Gets when it was asked for.</summary>
    public Timestamp? Created { get; init; }

    public bool IsReady { get; init; }

    public bool IsDeleting { get; init; }

    /// <summary>Gets what the driver says a volume made of it needs, in bytes; 0 if it does not say it.</summary>
    public long RestoreSize { get; init; }

    /// <summary>Gets the length its volume had, in bytes; 0 if somebody else took it.</summary>
    public long Length { get; init; }

    /// <summary>Gets what the cluster says went wrong last; empty if nothing did.</summary>
    public string Error { get; init; } = "";

    /// <summary>Gets the name of the group it was taken in; empty if it was taken alone, or by somebody else.</summary>
    public string Group { get; init; } = "";

    /// <summary>Gets the VolumeGroupSnapshot it belongs to; empty if it belongs to none.</summary>
    public string OwnerGroup { get; init; } = "";

    public string OwnerGroupUid { get; init; } = "";

    /// <summary>Gets whether it only waits for the others of its group to go with it.</summary>
    public bool IsDropped { get; init; }

    /// <summary>Gets what the driver says it can compute later changes from; empty if it says nothing, and its handle of the snapshot is that.</summary>
    public string ChangeId { get; init; } = "";

    public string FullName => $"{Namespace}/{Name}";

    public SnapshotId Id => new(ClusterObjectId.Of(Namespace, Name, Uid).ToString());

    public static SnapshotObject From(JsonElement node)
    {
        JsonElement metadata = node.Member("metadata");
        JsonElement status = node.Member("status");
        JsonElement owner = metadata.Items("ownerReferences").FirstOrDefault(one => one.Text("kind") == "VolumeGroupSnapshot");
        return new SnapshotObject(metadata.Text("namespace"), metadata.Text("name"), metadata.Text("uid"))
        {
            Claim = node.Member("spec", "source").Text("persistentVolumeClaimName"),
            RequestedName = metadata.Member("annotations").Text(ClusterMarks.Name),
            Content = status.Text("boundVolumeSnapshotContentName"),
            Taken = BoundClaim.ReadTime(status.Text("creationTime")),
            Created = BoundClaim.ReadTime(metadata.Text("creationTimestamp")),
            IsReady = status.IsTrue("readyToUse"),
            IsDeleting = metadata.Text("deletionTimestamp").Length > 0,
            RestoreSize = Quantity.TryParse(status.Text("restoreSize"), out long size) ? size : 0,
            Length = long.TryParse(metadata.Member("annotations").Text(ClusterMarks.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : 0,
            Error = ReadError(status),
            Group = metadata.Member("annotations").Text(ClusterMarks.Group),
            OwnerGroup = owner.Text("name"),
            OwnerGroupUid = owner.Text("uid"),
            ChangeId = metadata.Member("annotations").Text(ChangeIdAnnotation),
            IsDropped = metadata.Member("annotations").Text(ClusterMarks.Dropped).Length > 0,
        };
    }

    /// <summary>Reads what a status says went wrong last; empty if nothing did.</summary>
    public static string ReadError(JsonElement status) =>
        status.Member("error") is not { ValueKind: JsonValueKind.Object } error ? "" : error.Text("message") is { Length: > 0 } said ? said : "no reason is given";
}
