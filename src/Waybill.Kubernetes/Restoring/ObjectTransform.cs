using System.Globalization;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Changes objects to what the request wants them to be: other namespaces, storage classes and images, and its patches.</summary>
internal sealed class ObjectTransform
{
    private readonly ResourceRestoreRequest _request;
    private readonly (ObjectPatch Patch, JsonArray Operations)[] _patches;
    private readonly KeyValuePair<string, string>[] _images;

    public ObjectTransform(ResourceRestoreRequest request)
    {
        _request = request;
        _patches = [.. request.Patches.Select(patch => (patch, JsonPatchOperations.Parse(patch.Operations)))];
        _images = [.. request.Images.OrderByDescending(pair => pair.Key.Length)];
    }

    /// <summary>Makes the object that is sent, from one that was cleaned.</summary>
    public JsonObject Apply(JsonObject cleaned)
    {
        JsonObject node = cleaned.DeepClone().AsObject();
        ObjectKey key = JsonNodes.KeyOf(node);
        MapNamespaces(node, key);
        MapClasses(node, key);
        if (_images.Length > 0)
        {
            MapImages(node);
        }

        foreach ((ObjectPatch patch, JsonArray operations) in _patches.Where(entry => entry.Patch.IsFor(key)))
        {
            node = JsonPatchOperations.Apply(node, operations, JsonNodes.ReferenceOf(cleaned));
        }

        PrepareClaim(node);
        return node;
    }

    private void PrepareClaim(JsonObject node)
    {
        ObjectKey key = JsonNodes.KeyOf(node);
        if (key is not { Group: "", Kind: "PersistentVolumeClaim" })
        {
            return;
        }

        // What was written on it by an earlier restore, or by whoever made it, is not true of the new one.
        JsonObject metadata = node.Metadata();
        metadata.RemoveFrom("annotations", name => name.StartsWith(ClusterMarks.Prefix, StringComparison.Ordinal));
        metadata.RemoveFrom("labels", name => name.StartsWith(ClusterMarks.Prefix, StringComparison.Ordinal));
        if (!_request.Claims.TryGetValue($"{key.Namespace}/{key.Name}", out ClaimPreparation? preparation))
        {
            return;
        }

        if (metadata["annotations"] is not JsonObject annotations)
        {
            metadata["annotations"] = annotations = [];
        }

        annotations[ClusterMarks.FilledFrom] = preparation.BundleId;

        // The volume it was bound to may have been larger than what the claim asked for.
        JsonObject? requests = node.Member("spec").Member("resources").Member("requests");
        if (requests is not null && (!Quantity.TryParse(requests.Text("storage"), out long asked) || asked < preparation.Length))
        {
            requests["storage"] = preparation.Length.ToString(CultureInfo.InvariantCulture);
        }

        // Data that is restored takes the place of what the claim would have been made from, which may be gone.
        node.Member("spec")?.Remove("dataSource");
        node.Member("spec")?.Remove("dataSourceRef");
    }

    private void MapNamespaces(JsonObject node, ObjectKey key)
    {
        JsonObject metadata = node.Metadata();
        Map(metadata, "namespace", _request.Namespaces);
        switch (key.Group, key.Kind)
        {
            case ("", "Namespace"):
                Map(metadata, "name", _request.Namespaces);
                break;
            case ("rbac.authorization.k8s.io", "RoleBinding" or "ClusterRoleBinding"):
                bool moved = false;
                foreach (JsonObject subject in node.Items("subjects"))
                {
                    moved |= Map(subject, "namespace", _request.Namespaces);
                }

                // The binding of the first place stays: both places need one, and names are unique.
                if (moved && key.Kind == "ClusterRoleBinding")
                {
                    metadata["name"] = $"{key.Name}-{node.Items("subjects").Select(subject => subject.Text("namespace")).First(home => home.Length > 0)}";
                }

                break;
            case ("admissionregistration.k8s.io", _):
                foreach (JsonObject webhook in node.Items("webhooks"))
                {
                    Map(webhook.Member("clientConfig").Member("service"), "namespace", _request.Namespaces);
                }

                break;
            case ("apiregistration.k8s.io", "APIService"):
                Map(node.Member("spec").Member("service"), "namespace", _request.Namespaces);
                break;
            default:
                break;
        }
    }

    private void MapClasses(JsonObject node, ObjectKey key)
    {
        JsonObject? spec = node.Member("spec");
        switch (key.Group, key.Kind)
        {
            case ("", "PersistentVolumeClaim"):
                MapClass(spec);
                break;
            case ("apps", "StatefulSet"):
                foreach (JsonObject template in spec.Items("volumeClaimTemplates"))
                {
                    MapClass(template.Member("spec"));

                    // What a server writes into the templates of a set.
                    template.Remove("status");
                    template.Member("metadata")?.Remove("creationTimestamp");
                }

                break;
            default:
                break;
        }
    }

    private void MapClass(JsonObject? spec)
    {
        if (spec is not null && _request.StorageClasses.TryGetValue(spec.Text("storageClassName"), out string? to))
        {
            if (to.Length > 0)
            {
                spec["storageClassName"] = to;
            }
            else
            {
                spec.Remove("storageClassName");
            }
        }
    }

    private void MapImages(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (JsonNode? item in list)
                {
                    MapImages(item);
                }

                break;
            case JsonObject owner:
                foreach ((string name, JsonNode? value) in owner.ToArray())
                {
                    if (name is "containers" or "initContainers" or "ephemeralContainers" && value is JsonArray containers)
                    {
                        foreach (JsonObject container in containers.OfType<JsonObject>())
                        {
                            MapImage(container);
                        }
                    }
                    else
                    {
                        MapImages(value);
                    }
                }

                break;
            default:
                break;
        }
    }

    private void MapImage(JsonObject container)
    {
        string image = container.Text("image");
        foreach ((string from, string to) in _images)
        {
            if (image.StartsWith(from, StringComparison.Ordinal))
            {
                container["image"] = to + image[from.Length..];
                return;
            }
        }
    }

    private static bool Map(JsonObject? owner, string name, IReadOnlyDictionary<string, string> map)
    {
        if (owner is null || !map.TryGetValue(owner.Text(name), out string? to) || to == owner.Text(name))
        {
            return false;
        }

        owner[name] = to;
        return true;
    }
}
