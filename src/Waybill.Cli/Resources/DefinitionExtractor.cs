using System.Collections.Immutable;

namespace Waybill.Cli.Resources;

/// <summary>Takes what names an object out of its parsed form, and takes lists apart into their items.</summary>
internal static class DefinitionExtractor
{
    public static void Extract(
        DefinitionDocument document, ReadOnlyMemory<byte> file, string mediaType, string originName, List<ResourceDefinition> into)
    {
        DefinitionNode root = document.Root;
        if (root.Kind != DefinitionNodeKind.Mapping)
        {
            throw new DefinitionException("This is not a Kubernetes object: it has no keys.", root.Offset);
        }

        string apiVersion = root.FindText("apiVersion");
        string kind = root.FindText("kind");
        if (apiVersion.Length == 0 || kind.Length == 0)
        {
            throw new DefinitionException(
                $"This object has no '{(apiVersion.Length == 0 ? "apiVersion" : "kind")}'.",
                root.Offset,
                "give only Kubernetes definitions; name single files if the directory holds other YAML or JSON. "
                + "A list from the API must be fetched so that each item says its kind, as kubectl get -o json does");
        }

        if (IsList(root, kind))
        {
            ExtractItems(root, file, mediaType, originName, into);
            return;
        }

        into.Add(ReadObject(document, apiVersion, kind, file, mediaType, originName));
    }

    private static bool IsList(DefinitionNode root, string kind) =>
        kind == "List" || (kind.EndsWith("List", StringComparison.Ordinal) && root.Find("items") is { Kind: DefinitionNodeKind.Sequence });

    private static void ExtractItems(
        DefinitionNode list, ReadOnlyMemory<byte> file, string mediaType, string originName, List<ResourceDefinition> into)
    {
        DefinitionNode? items = list.Find("items");
        if (items is null or { Kind: DefinitionNodeKind.Null })
        {
            return;
        }

        if (items.Kind != DefinitionNodeKind.Sequence)
        {
            throw new DefinitionException("The items of a List are not a list.", items.Offset);
        }

        foreach (DefinitionNode item in items.Items)
        {
            if (!item.IsSelfContained)
            {
                // Indented YAML cannot be cut out of a list without changing its bytes.
                throw new DefinitionException(
                    "A List in indented YAML cannot be taken apart into objects byte by byte.",
                    item.Offset,
                    "write it as JSON (kubectl get -o json) or as YAML documents separated by ---");
            }

            Extract(new DefinitionDocument(item, item.Offset, item.End), file, mediaType, originName, into);
        }
    }

    private static ResourceDefinition ReadObject(
        DefinitionDocument document, string apiVersion, string kind, ReadOnlyMemory<byte> file, string mediaType, string originName)
    {
        DefinitionNode root = document.Root;
        DefinitionNode? metadata = root.Find("metadata");
        if (metadata is not null and not { Kind: DefinitionNodeKind.Mapping })
        {
            throw new DefinitionException($"The metadata of this {kind} has no keys.", metadata.Offset);
        }

        string name = metadata?.FindText("name") ?? "";
        if (name.Length == 0)
        {
            throw new DefinitionException(
                $"This {kind} has no metadata.name.",
                root.Offset,
                "give definitions of existing objects; name single files if the directory holds other YAML or JSON");
        }

        if (document.End - document.Start > DefinitionLimits.MaxObjectBytes)
        {
            throw new DefinitionException(
                $"The {kind} '{name}' has {document.End - document.Start} bytes; {DefinitionLimits.MaxObjectBytes} are allowed.", document.Start);
        }

        return new ResourceDefinition
        {
            ApiVersion = apiVersion,
            Kind = kind,
            Name = name,
            Namespace = metadata!.FindText("namespace"),
            Uid = metadata.FindText("uid"),
            ResourceVersion = metadata.FindText("resourceVersion"),
            Owners = ReadOwners(metadata),
            Labels = ReadTexts(metadata, "labels"),
            Annotations = ReadTexts(metadata, "annotations"),
            StorageClass = kind == "PersistentVolumeClaim" && root.Find("spec") is { Kind: DefinitionNodeKind.Mapping } spec ? spec.FindText("storageClassName") : "",
            MediaType = mediaType,
            Content = file[(int)document.Start..(int)document.End],
            OriginName = originName,
        };
    }

    private static ImmutableArray<ResourceDefinitionOwner> ReadOwners(DefinitionNode metadata)
    {
        DefinitionNode? owners = metadata.Find("ownerReferences");
        if (owners is null or { Kind: DefinitionNodeKind.Null })
        {
            return [];
        }

        if (owners.Kind != DefinitionNodeKind.Sequence)
        {
            throw new DefinitionException("metadata.ownerReferences is not a list.", owners.Offset);
        }

        return [.. owners.Items.Select(owner => new ResourceDefinitionOwner(
            owner.FindText("apiVersion"),
            owner.FindText("kind"),
            owner.FindText("name"),
            owner.FindText("uid"),
            owner.FindText("controller") == "true"))];
    }

    private static ImmutableArray<KeyValuePair<string, string>> ReadTexts(DefinitionNode metadata, string key)
    {
        DefinitionNode? texts = metadata.Find(key);
        if (texts is null or { Kind: DefinitionNodeKind.Null })
        {
            return [];
        }

        if (texts.Kind != DefinitionNodeKind.Mapping)
        {
            throw new DefinitionException($"metadata.{key} has no keys.", texts.Offset);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var result = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>(texts.Entries.Count);
        foreach ((string name, DefinitionNode value) in texts.Entries)
        {
            if (!seen.Add(name))
            {
                throw new DefinitionException($"The key '{name}' of metadata.{key} occurs twice.", value.Offset);
            }

            if (value.Kind is not (DefinitionNodeKind.Scalar or DefinitionNodeKind.Null))
            {
                throw new DefinitionException($"The value of '{name}' in metadata.{key} is not a text.", value.Offset);
            }

            result.Add(new(name, value.Text));
        }

        return result.ToImmutable();
    }
}
