using System.Text;
using Waybill.Bundles;

namespace Waybill.Cli.Resources;

/// <summary>What definitions become in a bundle.</summary>
internal static class DefinitionObjects
{
    /// <summary>Makes the object that a bundle keeps.</summary>
    public static ResourceObject ToObject(ResourceDefinition definition) => new()
    {
        ApiVersion = definition.ApiVersion,
        Kind = definition.Kind,
        Namespace = definition.Namespace,
        Name = definition.Name,
        Uid = definition.Uid,
        ResourceVersion = definition.ResourceVersion,
        Owners = [.. definition.Owners.Select(owner => new ResourceOwner(owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.IsController))],
        MediaType = definition.MediaType,
        Content = definition.Content,
        OriginName = Encoding.UTF8.GetBytes(definition.OriginName),
    };

    /// <summary>Gets what the claim that has a volume's name says of the volume.</summary>
    public static VolumeFacts FindClaim(IReadOnlyList<ResourceDefinition> definitions, string volume)
    {
        ResourceDefinition? claim = definitions.FirstOrDefault(
            definition => definition is { Group: "", Kind: "PersistentVolumeClaim" } && definition.Name == volume);
        return new VolumeFacts
        {
            Claim = claim is null ? "" : claim.Namespace.Length == 0 ? claim.Name : $"{claim.Namespace}/{claim.Name}",
            StorageClass = claim?.StorageClass ?? "",
        };
    }
}
