using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>
/// Makes tags of labels and annotations, so that a bundle can be found by them when the cluster is gone. Only objects that no other object owns are asked:
/// what a Deployment's pods carry repeats what the Deployment says. Nothing is ever taken from a Secret.
/// </summary>
internal sealed class ObjectTags
{
    private const int MaxKeyBytes = 512;
    private const int MaxValueBytes = 64 << 10;

    /// <summary>Of the tags that a manifest may have, what objects may use; the rest is the user's.</summary>
    private const int MaxTags = 60_000;
    private const int MaxBytes = 4 << 20;

    /// <summary>Annotations in which tools keep a whole copy of an object; as tags they would be noise, and may hold what was secret.</summary>
    private static readonly HashSet<string> s_copiesOfObjects = new(StringComparer.Ordinal)
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "objectset.rio.cattle.io/applied",
        "kopf.zalando.org/last-handled-configuration",
        "banzaicloud.com/last-applied",
    };

    private readonly ImmutableArray<Tag>.Builder _labels = ImmutableArray.CreateBuilder<Tag>();
    private readonly ImmutableArray<Tag>.Builder _annotations = ImmutableArray.CreateBuilder<Tag>();
    private long _bytes;

    /// <summary>Gets how many labels and annotations were too long, or too many, to be tags.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Takes the labels and annotations of an object.</summary>
    public void Add(ScannedObject scanned, JsonElement root)
    {
        if (!scanned.Owners.IsEmpty || scanned.Key is { Group: "", Kind: "Secret" })
        {
            return;
        }

        JsonElement metadata = root.Member("metadata");
        TagSource source = scanned.Key is { Group: "", Kind: "Namespace" } ? TagSource.NamespaceLabel : TagSource.Label;
        Add(metadata.Members("labels"), source, scanned.Reference, _labels);
        Add(metadata.Members("annotations"), TagSource.Annotation, scanned.Reference, _annotations);
    }

    public ImmutableArray<Tag> ToImmutable() => [.. _labels, .. _annotations];

    private void Add(IEnumerable<JsonProperty> members, TagSource source, string reference, ImmutableArray<Tag>.Builder tags)
    {
        foreach (JsonProperty member in members.Where(member => !s_copiesOfObjects.Contains(member.Name)))
        {
            string value = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : "";
            int keyBytes = Encoding.UTF8.GetByteCount(member.Name);
            int valueBytes = Encoding.UTF8.GetByteCount(value);
            int size = keyBytes + valueBytes + Encoding.UTF8.GetByteCount(reference);
            if (keyBytes is 0 or > MaxKeyBytes || valueBytes > MaxValueBytes || _labels.Count + _annotations.Count == MaxTags || _bytes + size > MaxBytes)
            {
                LeftOut++;
                continue;
            }

            _bytes += size;
            tags.Add(new Tag(member.Name, new TagValue.Text(value), source) { SourceReference = reference });
        }
    }
}
