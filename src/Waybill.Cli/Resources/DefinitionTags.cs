using System.Collections.Immutable;
using System.Text;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Resources;

/// <summary>
/// Makes tags of labels and annotations, so that a bundle can be found by them when the cluster is gone. Only objects that no other object owns
/// are asked: what a Deployment's pods carry repeats what the Deployment says. Nothing is ever taken from a Secret.
/// </summary>
internal static class DefinitionTags
{
    /// <summary>Annotations in which tools keep a whole copy of an object; as tags they would be noise, and may hold what was secret.</summary>
    private static readonly HashSet<string> s_copiesOfObjects = new(StringComparer.Ordinal)
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "objectset.rio.cattle.io/applied",
        "kopf.zalando.org/last-handled-configuration",
        "banzaicloud.com/last-applied",
    };

    /// <summary>Makes the tags, and says on standard error how many could not be made.</summary>
    public static async Task<ImmutableArray<Tag>> FromAsync(IReadOnlyList<ResourceDefinition> definitions, CliConsole console)
    {
        ImmutableArray<Tag> tags = From(definitions, out int leftOut);
        if (leftOut > 0)
        {
            await console.Error.WriteLineAsync(
                $"waybill: {HumanUnits.Count(leftOut, "label or annotation is", "labels and annotations are")} too long or too many to be tags; they are in the definitions")
                .ConfigureAwait(false);
        }

        return tags;
    }

    /// <summary>Makes the tags.</summary>
    /// <param name="definitions">The objects.</param>
    /// <param name="leftOut">The number of labels and annotations that were too long or too many to be tags.</param>
    public static ImmutableArray<Tag> From(IReadOnlyList<ResourceDefinition> definitions, out int leftOut)
    {
        var tags = ImmutableArray.CreateBuilder<Tag>();
        long bytes = 0;
        leftOut = 0;
        ResourceDefinition[] top = [.. definitions.Where(definition => !definition.IsSecret && definition.Owners.IsEmpty)];

        // Labels first: if there is too much, annotations are what is left out.
        foreach (ResourceDefinition definition in top)
        {
            TagSource source = definition is { Group: "", Kind: "Namespace" } ? TagSource.NamespaceLabel : TagSource.Label;
            Add(definition, definition.Labels, source, tags, ref bytes, ref leftOut);
        }

        foreach (ResourceDefinition definition in top)
        {
            Add(definition, definition.Annotations, TagSource.Annotation, tags, ref bytes, ref leftOut);
        }

        return tags.ToImmutable();
    }

    private static void Add(
        ResourceDefinition definition,
        ImmutableArray<KeyValuePair<string, string>> entries,
        TagSource source,
        ImmutableArray<Tag>.Builder tags,
        ref long bytes,
        ref int leftOut)
    {
        foreach ((string key, string value) in entries)
        {
            if (s_copiesOfObjects.Contains(key))
            {
                continue;
            }

            int keyBytes = Encoding.UTF8.GetByteCount(key);
            int valueBytes = Encoding.UTF8.GetByteCount(value);
            int size = keyBytes + valueBytes + Encoding.UTF8.GetByteCount(definition.Reference);
            if (keyBytes is 0 or > DefinitionLimits.MaxTagKeyBytes
                || valueBytes > DefinitionLimits.MaxTagValueBytes
                || tags.Count == DefinitionLimits.MaxTags
                || bytes + size > DefinitionLimits.MaxTagBytes)
            {
                leftOut++;
                continue;
            }

            bytes += size;
            tags.Add(new Tag(key, new TagValue.Text(value), source) { SourceReference = definition.Reference });
        }
    }
}
