using Waybill.Bundles;

namespace Waybill.Samples.Definitions;

/// <summary>What an object of a bundle is in its own terms. A file that holds secrets lies in the bundle as a Secret, and its first owner says what it is.</summary>
/// <param name="ApiVersion">The API version, such as <c>compose-spec/v1</c>.</param>
/// <param name="Kind">The kind, such as <c>Project</c>.</param>
/// <param name="Name">The name.</param>
public sealed record DefinitionKind(string ApiVersion, string Kind, string Name)
{
    /// <summary>The API version of what Compose files define.</summary>
    public const string Compose = "compose-spec/v1";

    /// <summary>The API version of task definitions of ECS.</summary>
    public const string Ecs = "ecs/v1";

    /// <summary>Tells what an object is.</summary>
    /// <param name="resource">The object, made here or read from a bundle.</param>
    /// <returns>What it is; for an object of another origin what it says itself.</returns>
    public static DefinitionKind Of(ResourceObject resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.IsSecret && resource.Owners is [{ ApiVersion: Compose or Ecs } self, ..]
            ? new DefinitionKind(self.ApiVersion, self.Kind, self.Name)
            : new DefinitionKind(resource.ApiVersion, resource.Kind, resource.Name);
    }
}
