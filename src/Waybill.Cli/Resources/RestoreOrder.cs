using Waybill.Kubernetes;

namespace Waybill.Cli.Resources;

/// <summary>Puts definitions into the order in which they can be created again.</summary>
internal static class RestoreOrder
{
    /// <summary>Sorts objects; those of one rank keep their order.</summary>
    public static IReadOnlyList<ResourceDefinition> Sort(IEnumerable<ResourceDefinition> definitions) =>
        [.. definitions.OrderBy(definition => ResourceOrder.RankOf(definition.Group, definition.Kind))];
}
