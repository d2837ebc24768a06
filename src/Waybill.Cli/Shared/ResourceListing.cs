using Waybill.Bundles;
using Waybill.Cli.Json;

namespace Waybill.Cli.Shared;

/// <summary>Lists the objects of a bundle without keeping their content.</summary>
internal static class ResourceListing
{
    public static async Task<ResourceJson[]> ReadAsync(BundleReader reader, CancellationToken cancellationToken)
    {
        var found = new List<(int Ordinal, ResourceJson Resource)>();
        foreach (StreamKind kind in new[] { StreamKind.Resources, StreamKind.Secrets })
        {
            // What the key does not open is not listed.
            if ((kind == StreamKind.Secrets && reader.Scopes != KeyScopes.All) || !reader.Manifest.Streams.Any(stream => stream.Kind == kind))
            {
                continue;
            }

            await foreach (ResourceObject resource in reader.ReadResourcesAsync(kind == StreamKind.Secrets, cancellationToken).ConfigureAwait(false))
            {
                found.Add((resource.Ordinal, new ResourceJson(
                    resource.ApiVersion,
                    resource.Kind,
                    JsonText.KnownOrNull(resource.Namespace),
                    resource.Name,
                    JsonText.KnownOrNull(resource.Uid),
                    resource.IsSecret,
                    resource.Content.Length,
                    [.. resource.Owners.Select(owner => new OwnerJson(owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.IsController))])));
            }
        }

        return [.. found.OrderBy(entry => entry.Ordinal).Select(entry => entry.Resource)];
    }
}
