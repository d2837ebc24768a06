using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>An object on its way into a cluster.</summary>
/// <param name="Source">What it is in the point.</param>
/// <param name="SourceUid">Its UID there.</param>
/// <param name="Target">What is sent.</param>
/// <param name="Owners">References to owners that are in the point as well; their UIDs are those of the point.</param>
internal sealed record PlannedObject(string Source, string SourceUid, JsonObject Target, JsonObject[] Owners)
{
    public ObjectKey Key { get; } = JsonNodes.KeyOf(Target);

    public string TargetReference => JsonNodes.ReferenceOf(Target);

    public ImmutableArray<string> Changes { get; init; } = [];
}
