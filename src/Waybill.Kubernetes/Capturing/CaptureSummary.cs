using System.Collections.Immutable;
using System.Text.Json;
using Waybill.Bundles;

namespace Waybill.Kubernetes;

/// <summary>Puts the members of an application into their order and reads once more what the capture tells of them.</summary>
internal sealed class CaptureSummary
{
    private static readonly HashSet<(string, string)> s_workloads =
    [
        ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"), ("", "ReplicationController"), ("", "Pod"), ("batch", "Job"), ("batch", "CronJob"),
    ];

    private readonly SortedDictionary<string, string> _images = new(StringComparer.Ordinal);
    private readonly List<CapturedClaim> _claims = [];
    private readonly Dictionary<string, JsonVolume> _volumes = new(StringComparer.Ordinal);
    private readonly List<ExternalData> _external = [];
    private readonly ObjectTags _tags = new();

    public CaptureSummary(ObjectGraph graph, List<int> members)
    {
        Dictionary<int, int> local = members.Select((member, i) => (member, i)).ToDictionary(pair => pair.member, pair => pair.i);
        List<(int From, int To, RelationKind Kind)> relations =
            [.. members.SelectMany((member, i) => graph.RelationsOf(member).Where(r => local.ContainsKey(r.To)).Select(r => (i, local[r.To], r.Kind))).Distinct()];
        List<int> order = DependencyOrder.Sort([.. members.Select(member => graph.Objects[member].Key)], Needs(graph, members, relations));
        var place = new int[order.Count];
        for (int i = 0; i < order.Count; i++)
        {
            place[order[i]] = i;
        }

        ScannedObject[] sorted = [.. order.Select(i => graph.Objects[members[i]])];
        Relations = [.. relations.Select(r => new ObjectRelation(place[r.From], place[r.To], r.Kind)).OrderBy(r => r.From).ThenBy(r => r.To).ThenBy(r => r.Kind)];
        foreach (ScannedObject scanned in sorted)
        {
            using JsonDocument document = JsonDocument.Parse(scanned.Content);
            Describe(scanned, document.RootElement);
        }

        Objects = [.. sorted.Select(ToCaptured)];
        ScannedObject[] top = [.. sorted.Where(scanned => scanned.IsRoot && scanned.Owners.IsEmpty && s_workloads.Contains((scanned.Key.Group, scanned.Key.Kind)))];
        TopWorkload = top.Length == 1 ? top[0] : null;
        Claims = [.. _claims.Select(Complete)];
    }

    /// <summary>Gets the workload that is all of the application, if there is exactly one that nothing else owns.</summary>
    public ScannedObject? TopWorkload { get; }

    public ImmutableArray<CapturedObject> Objects { get; }

    public ImmutableArray<ObjectRelation> Relations { get; }

    public ImmutableArray<CapturedClaim> Claims { get; }

    public ImmutableArray<Tag> Tags => _tags.ToImmutable();

    public int TagsLeftOut => _tags.LeftOut;

    public ImmutableArray<CapturedImage> Images => [.. _images.Select(pair => new CapturedImage(pair.Key.Split('\n')[0], pair.Value))];

    public ImmutableArray<ExternalData> ExternalData => [.. _external.Distinct()];

    private static List<IReadOnlyCollection<int>> Needs(ObjectGraph graph, List<int> members, List<(int From, int To, RelationKind Kind)> relations)
    {
        List<HashSet<int>> needs = [.. members.Select(_ => new HashSet<int>())];
        Dictionary<string, int> namespaces = members.Select((member, i) => (graph.Objects[member].Key, i))
            .Where(pair => pair.Key is { Group: "", Kind: "Namespace" }).ToDictionary(pair => pair.Key.Name, pair => pair.i, StringComparer.Ordinal);
        for (int i = 0; i < members.Count; i++)
        {
            if (namespaces.TryGetValue(graph.Objects[members[i]].Key.Namespace, out int home))
            {
                needs[i].Add(home);
            }
        }

        foreach ((int from, int to, RelationKind kind) in relations.Where(r => r.Kind != RelationKind.ActsOn))
        {
            needs[from].Add(to);
        }

        return [.. needs];
    }

    private void Describe(ScannedObject scanned, JsonElement root)
    {
        _tags.Add(scanned, root);
        if (scanned.Key is not { Group: "", Kind: "Secret" })
        {
            _external.AddRange(ExternalDataReader.Read(root, scanned.Key, scanned.Reference));
        }

        switch (scanned.Key.Group, scanned.Key.Kind)
        {
            case ("", "Pod"):
                JsonElement status = root.Member("status");
                foreach (JsonElement container in ((string[])["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]).SelectMany(name => status.Items(name)))
                {
                    NoteImage(container.Text("image"), DigestOf(container.Text("imageID")));
                }

                NoteSpecified(root.Member("spec"));
                break;
            case ("", "PersistentVolumeClaim"):
                _claims.Add(new CapturedClaim(scanned.Key.Namespace, scanned.Key.Name)
                {
                    Uid = scanned.Uid,
                    StorageClass = root.Member("spec").Text("storageClassName"),
                    VolumeMode = root.Member("spec").Text("volumeMode"),
                    Capacity = root.Member("status", "capacity").Text("storage") is { Length: > 0 } bound ? bound : root.Member("spec", "resources").Member("requests").Text("storage"),
                    Volume = root.Member("spec").Text("volumeName"),
                });
                break;
            case ("", "PersistentVolume"):
                JsonElement csi = root.Member("spec", "csi");
                _volumes[scanned.Key.Name] = new JsonVolume(csi.Text("driver"), csi.Text("volumeHandle"), csi.Text("fsType"));
                break;
            default:
                NoteSpecified(PodSpecs.Find(root, scanned.Key.Group, scanned.Key.Kind));
                break;
        }
    }

    /// <summary>An image that nothing runs at the moment has a name and no digest.</summary>
    private void NoteSpecified(JsonElement pod)
    {
        foreach (JsonElement container in PodSpecs.Containers(pod))
        {
            NoteImage(container.Text("image"), DigestOf(container.Text("image")));
        }
    }

    private void NoteImage(string image, string digest)
    {
        if (image.Length == 0)
        {
            return;
        }

        // While a rollout is on its way, one name can stand for two images.
        string key = _images.TryGetValue(image, out string? known) && known.Length > 0 && digest.Length > 0 && known != digest ? $"{image}\n{digest}" : image;
        if (digest.Length > 0 || !_images.ContainsKey(key))
        {
            _images[key] = digest;
        }
    }

    private static string DigestOf(string reference) => reference.LastIndexOf('@') is var at and >= 0 ? reference[(at + 1)..] : "";

    private CapturedClaim Complete(CapturedClaim claim) => _volumes.TryGetValue(claim.Volume, out JsonVolume? volume)
        ? claim with { Driver = volume.Driver, Handle = volume.Handle, FileSystem = volume.FileSystem }
        : claim;

    private static CapturedObject ToCaptured(ScannedObject scanned) => new(new ResourceObject
    {
        ApiVersion = scanned.ApiVersion,
        Kind = scanned.Key.Kind,
        Namespace = scanned.Key.Namespace,
        Name = scanned.Key.Name,
        Uid = scanned.Uid,
        ResourceVersion = scanned.ResourceVersion,
        Owners = scanned.Owners,
        MediaType = "application/json",
        Content = scanned.Content,
    })
    {
        ResourceName = scanned.Resource.Key,
        ServedVersions = scanned.Resource.ServedVersions,
        WasAskedFor = scanned.IsRoot,
    };

    private sealed record JsonVolume(string Driver, string Handle, string FileSystem);
}
