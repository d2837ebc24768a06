using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>A group to take.</summary>
internal sealed record GroupRequest(string Name, string Digest, string ObjectName, ImmutableArray<BoundClaim> Claims, GroupWay Way)
{
    public string Namespace => Claims[0].Namespace;

    /// <summary>Gets the label by which the cluster finds the claims.</summary>
    public string Label => ClusterMarks.GroupMember + Digest;

    public string ListPath => ClusterPaths.GroupSnapshots(Way.Version, Namespace);

    public string Path => $"{ListPath}/{ObjectName}";

    /// <summary>Gets which claims are asked for, in one form.</summary>
    public string Text => new JsonArray([.. Claims.Select(claim => claim.Uid).Order(StringComparer.Ordinal).Select(uid => (JsonNode)uid)]).ToJsonString();

    /// <summary>Says whether volumes, by the names their driver knows them by, are those of the claims, each once.</summary>
    public bool IsExactly(ImmutableArray<string> handles) =>
        handles.Order(StringComparer.Ordinal).SequenceEqual(Claims.Select(claim => claim.Handle.ToString()).Order(StringComparer.Ordinal));

    public JsonObject ToGroup() => new()
    {
        ["apiVersion"] = $"groupsnapshot.storage.k8s.io/{Way.Version}",
        ["kind"] = "VolumeGroupSnapshot",
        ["metadata"] = new JsonObject
        {
            ["name"] = ObjectName,
            ["namespace"] = Namespace,
            ["labels"] = new JsonObject { [ClusterMarks.ManagedBy] = ClusterMarks.Waybill, [ClusterMarks.NameDigest] = Digest },
            ["annotations"] = new JsonObject { [ClusterMarks.Name] = Name, [ClusterMarks.Request] = Text },
        },
        ["spec"] = new JsonObject
        {
            ["volumeGroupSnapshotClassName"] = Way.Class,

            // Controllers look at matchLabels only.
            ["source"] = new JsonObject { ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [Label] = "true" } } },
        },
    };
}
