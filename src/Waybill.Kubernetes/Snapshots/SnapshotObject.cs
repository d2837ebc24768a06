using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What is read of a VolumeSnapshot.</summary>
internal sealed record SnapshotObject(string Namespace, string Name, string Uid)
{
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

    public long RestoreSize { get; init; }

    /// <summary>Gets what the cluster says went wrong last; empty if nothing did.</summary>
    public string Error { get; init; } = "";

    public string FullName => $"{Namespace}/{Name}";

    public SnapshotId Id => new(ClusterObjectId.Of(Namespace, Name, Uid).ToString());

    public static SnapshotObject From(JsonElement node)
    {
        JsonElement metadata = node.Member("metadata");
        JsonElement status = node.Member("status");
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
            Error = status.Member("error").ValueKind == JsonValueKind.Object ? status.Member("error").Text("message") is { Length: > 0 } said ? said : "no reason is given" : "",
        };
    }
}
