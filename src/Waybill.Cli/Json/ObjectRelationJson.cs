using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>What an object has to do with another, both by their places in the list of objects.</summary>
internal sealed record ObjectRelationJson(int From, int To, string Kind)
{
    public static ObjectRelationJson Of(ObjectRelation relation) => new(
        relation.From,
        relation.To,
        relation.Kind switch { RelationKind.Owner => "owner", RelationKind.Uses => "uses", RelationKind.ActsOn => "acts-on", _ => "definition" });
}
