using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What is read of a VolumeGroupSnapshot.</summary>
internal sealed record GroupObject(string Namespace, string Name, string Uid)
{
    /// <summary>Gets what was asked for; empty if somebody else asked.</summary>
    public string Request { get; init; } = "";

    /// <summary>Gets the VolumeGroupSnapshotContent; empty as long as nothing in the cluster has taken it up.</summary>
    public string Content { get; init; } = "";

    /// <summary>Gets when it was asked for.</summary>
    public Timestamp? Created { get; init; }

    public bool IsTaken { get; init; }

    public bool IsDeleting { get; init; }

    /// <summary>Gets whether it was made here.</summary>
    public bool IsOurs { get; init; }

    /// <summary>Gets what the cluster says went wrong last; empty if nothing did.</summary>
    public string Error { get; init; } = "";

    public string FullName => $"{Namespace}/{Name}";

    public static GroupObject From(JsonElement node)
    {
        JsonElement metadata = node.Member("metadata");
        JsonElement status = node.Member("status");
        return new GroupObject(metadata.Text("namespace"), metadata.Text("name"), metadata.Text("uid"))
        {
            Request = metadata.Member("annotations").Text(ClusterMarks.Request),
            Content = status.Text("boundVolumeGroupSnapshotContentName"),
            Created = BoundClaim.ReadTime(metadata.Text("creationTimestamp")),
            IsTaken = status.Text("creationTime").Length > 0 || status.IsTrue("readyToUse"),
            IsDeleting = metadata.Text("deletionTimestamp").Length > 0,
            IsOurs = metadata.Member("labels").Text(ClusterMarks.ManagedBy) == ClusterMarks.Waybill,
            Error = SnapshotObject.ReadError(status),
        };
    }
}
