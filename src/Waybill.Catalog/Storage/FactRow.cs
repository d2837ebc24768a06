using System.Globalization;
using Waybill.Bundles;

namespace Waybill.Catalog.Storage;

/// <summary>Something a point is found by. Points share equal ones.</summary>
internal sealed record FactRow(FactKind Kind, string Name, string Value)
{
    public TagValueType Type { get; init; }

    public TagSource Source { get; init; }

    public string Reference { get; init; } = "";

    public TagSensitivity Sensitivity { get; init; }

    /// <summary>Gets when it was seen, if it says so itself. Not part of what makes two equal.</summary>
    public Timestamp? Observed { get; init; }

    /// <summary>Gets what it is searched by.</summary>
    public string Folded => CatalogText.Fold(Kind == FactKind.Tag ? $"{Name}={Value}" : Value);

    public byte[] Digest() => CatalogText.DigestOf(
        Number((int)Kind), Name, Number((int)Type), Value, Number((int)Source), Reference, Number((int)Sensitivity));

    /// <summary>Makes the facts that a manifest states.</summary>
    public static IEnumerable<FactRow> Of(BundleManifest manifest)
    {
        Origin origin = manifest.Application.Origin;
        var rows = new List<FactRow>
        {
            new(FactKind.Name, "", manifest.Application.Name),
            new(FactKind.Host, "", origin.Host),
            new(FactKind.Cluster, "name", origin.ClusterName),
            new(FactKind.Cluster, "id", origin.ClusterId),
            new(FactKind.Namespace, "", origin.Namespace),
            new(FactKind.Uid, "namespace", origin.NamespaceUid),
            new(FactKind.Uid, "owner", origin.Uid),
        };
        foreach (StreamInfo stream in manifest.Streams.Where(stream => stream.Kind is StreamKind.BlockVolume or StreamKind.FileMeta or StreamKind.Bytes))
        {
            VolumeFacts volume = stream.Volume ?? new VolumeFacts();
            rows.Add(new FactRow(FactKind.Volume, "name", stream.Name));
            rows.Add(new FactRow(FactKind.Volume, "handle", volume.PlatformHandle));
            rows.Add(new FactRow(FactKind.Volume, "claim", volume.Claim));
            rows.Add(new FactRow(FactKind.Volume, "storage class", volume.StorageClass));
            rows.Add(new FactRow(FactKind.Snapshot, "", stream.Change.TargetHandle));
        }

        rows.AddRange(manifest.Tags.Select(Of));
        return rows.Where(row => row.Value.Length > 0 || row.Kind == FactKind.Tag).Select(row => row.Cleaned());
    }

    /// <summary>Makes the facts that a definition states.</summary>
    public static IEnumerable<FactRow> Of(ResourceObject resource)
    {
        string name = resource.Namespace.Length == 0 ? resource.Name : $"{resource.Namespace}/{resource.Name}";
        yield return new FactRow(FactKind.Resource, resource.Kind, name) { Reference = resource.ApiVersion }.Cleaned();
        if (resource.Uid.Length > 0)
        {
            yield return new FactRow(FactKind.Uid, resource.Kind, resource.Uid).Cleaned();
        }

        foreach (string image in ImageNames.Find(resource.Content.Span))
        {
            yield return new FactRow(FactKind.Image, "", image).Cleaned();
        }
    }

    private static FactRow Of(Tag tag)
    {
        // What is secret is not copied into an index that others read.
        bool isSecret = tag.Sensitivity == TagSensitivity.Secret;
        (TagValueType type, string value) = tag.Value switch
        {
            TagValue.Text text => (TagValueType.Text, text.Value),
            TagValue.Number number => (TagValueType.Number, number.ToString()),
            TagValue.Flag flag => (TagValueType.Flag, flag.ToString()),
            TagValue.Raw raw => (TagValueType.Raw, raw.ToString()),
            TagValue.Time time => (TagValueType.Time, string.Create(CultureInfo.InvariantCulture, $"{time.Value.Seconds}.{time.Value.Nanoseconds:D9}")),
            TagValue.TextList list => (TagValueType.TextList, StoredTagValue.JoinTexts(list.Values)),
            _ => (TagValueType.Text, tag.Value.ToString()),
        };
        return new FactRow(FactKind.Tag, tag.Key, isSecret ? "" : value)
        {
            Type = isSecret ? TagValueType.Text : type,
            Source = tag.Source,
            Reference = tag.SourceReference,
            Sensitivity = tag.Sensitivity,
            Observed = tag.Observed,
        };
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private FactRow Cleaned() => this with { Name = CatalogText.Clean(Name), Value = CatalogText.Clean(Value), Reference = CatalogText.Clean(Reference) };
}
