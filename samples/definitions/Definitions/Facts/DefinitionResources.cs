using System.Collections.Immutable;
using System.Text;
using Waybill.Bundles;
using Waybill.Samples.Definitions.Documents;

namespace Waybill.Samples.Definitions.Facts;

/// <summary>Makes the objects of a bundle. A file that holds secrets becomes a Secret as a whole, and names as its first owner what it is in its own terms.</summary>
internal static class DefinitionResources
{
    /// <summary>What Kubernetes calls a Secret is what a bundle keeps apart (R-03 of the specification).</summary>
    private const string SecretVersion = "v1";

    private const string SecretKind = "Secret";

    /// <summary>Makes an object.</summary>
    /// <param name="self">What it is in its own terms.</param>
    /// <param name="place">The project, or account and region, it belongs to.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="path">The file it was read from.</param>
    /// <param name="isSecret">Whether it is kept as a Secret.</param>
    /// <param name="owner">What it is a part of, if anything.</param>
    public static ResourceObject Make(DefinitionKind self, string place, ReadOnlyMemory<byte> content, string path, bool isSecret, DefinitionKind? owner = null)
    {
        if (content.Length > DocumentLimits.MaxFileBytes)
        {
            throw DefinitionDocument.TooLarge(path, "The file is larger than 16 MiB");
        }

        ImmutableArray<ResourceOwner> owners = owner is null ? [] : [new ResourceOwner(owner.ApiVersion, owner.Kind, owner.Name, Uid: "", IsController: true)];
        return new ResourceObject
        {
            ApiVersion = isSecret ? SecretVersion : self.ApiVersion,
            Kind = isSecret ? SecretKind : self.Kind,
            Name = self.Name,
            Namespace = place,
            Owners = isSecret ? [new ResourceOwner(self.ApiVersion, self.Kind, self.Name, Uid: ""), .. owners] : owners,
            MediaType = Path.GetExtension(path).ToUpperInvariant() switch
            {
                ".YAML" or ".YML" => "application/yaml",
                ".JSON" => "application/json",
                _ => "application/octet-stream",
            },
            Content = content,
            OriginName = IsRelative(path) ? Encoding.UTF8.GetBytes(path) : ReadOnlyMemory<byte>.Empty,
        };
    }

    private static bool IsRelative(string path) => path.Length > 0 && path[0] is not ('/' or '~' or '\\') && !path.Contains(':', StringComparison.Ordinal) && !path.Split('/', '\\').Contains("..");
}
