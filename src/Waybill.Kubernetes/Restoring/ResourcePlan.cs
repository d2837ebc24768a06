using System.Text.Json;
using System.Text.Json.Nodes;
using Waybill.Bundles;

namespace Waybill.Kubernetes;

/// <summary>The objects of a point as they are to become, in the order in which they are created.</summary>
internal sealed class ResourcePlan
{
    private ResourcePlan(List<PlannedObject> objects, List<RestoredObject> leftOut)
    {
        Objects = objects;
        LeftOut = leftOut;
    }

    public List<PlannedObject> Objects { get; }

    public List<RestoredObject> LeftOut { get; }

    /// <summary>Makes a plan.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ResourceInvalid"/>, <see cref="WaybillErrorCode.TransformInvalid"/>.</exception>
    public static ResourcePlan Make(IEnumerable<ResourceObject> resources, ResourceRestoreRequest request)
    {
        List<JsonObject> sources = [.. resources.Where(resource => !CaptureDocument.Is(resource)).Select(Parse)];
        HashSet<string> uids = [.. sources.Select(node => node["metadata"].Text("uid")).Where(uid => uid.Length > 0)];
        var transform = new ObjectTransform(request);
        var planned = new List<PlannedObject>();
        var leftOut = new List<RestoredObject>();
        foreach (JsonObject source in sources)
        {
            string reference = JsonNodes.ReferenceOf(source);
            if (RestoreFilter.WhyNot(source, uids) is { } why)
            {
                leftOut.Add(new RestoredObject(reference, RestoreAction.LeaveOut) { Reason = why });
                continue;
            }

            JsonObject cleaned = source.DeepClone().AsObject();
            ObjectCleaner.Clean(cleaned, request.KeepAddresses);
            JsonObject[] owners = [.. cleaned["metadata"].Items("ownerReferences").Where(owner => uids.Contains(owner.Text("uid"))).Select(owner => owner.DeepClone().AsObject())];
            cleaned.Metadata().Remove("ownerReferences"); // an owner that is not there would have the object collected at once
            JsonObject target = transform.Apply(cleaned);
            planned.Add(new PlannedObject(reference, source["metadata"].Text("uid"), target, owners) { Changes = ObjectDifference.Describe(cleaned, target, wholly: true) });
        }

        RefuseDuplicates(planned);
        return new ResourcePlan(Sort(planned), leftOut);
    }

    private static JsonObject Parse(ResourceObject resource)
    {
        string label = $"{resource.ApiVersion}/{resource.Kind} {resource.Name}";
        if (resource.MediaType != "application/json")
        {
            throw new WaybillException(WaybillErrorCode.ResourceInvalid, "Only definitions in JSON, as a cluster gives them, can be restored to a cluster")
            {
                ObjectName = label, Hint = "'waybill bundle restore' writes the definitions to files, which kubectl takes.",
            };
        }

        try
        {
            JsonObject node = JsonNode.Parse(resource.Content.Span)?.AsObject() ?? throw new JsonException("it is null");

            // What names an object stands beside its bytes as well; a definition from a list may lack it.
            node.TryAdd("apiVersion", resource.ApiVersion);
            node.TryAdd("kind", resource.Kind);
            return node;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new WaybillException(WaybillErrorCode.ResourceInvalid, $"A definition cannot be read: {error.Message}", error) { ObjectName = label };
        }
    }

    private static void RefuseDuplicates(List<PlannedObject> planned)
    {
        var seen = new Dictionary<ObjectKey, string>();
        foreach (PlannedObject entry in planned.Where(entry => !seen.TryAdd(entry.Key, entry.Source)))
        {
            throw new WaybillException(WaybillErrorCode.TransformInvalid, $"{seen[entry.Key]} and {entry.Source} would become the same object") { ObjectName = entry.Key.ToString() };
        }
    }

    private static List<PlannedObject> Sort(List<PlannedObject> planned)
    {
        Dictionary<ObjectKey, int> index = planned.Select((entry, i) => (entry.Key, i)).ToDictionary(pair => pair.Key, pair => pair.i);
        Dictionary<string, int> byUid = planned.Select((entry, i) => (entry.SourceUid, i)).Where(pair => pair.SourceUid.Length > 0).DistinctBy(pair => pair.SourceUid).ToDictionary(pair => pair.SourceUid, pair => pair.i, StringComparer.Ordinal);
        var definitions = planned.Select((entry, i) => (entry, i)).Where(pair => pair.entry.Key.Kind == "CustomResourceDefinition")
            .ToLookup(pair => (pair.entry.Target["spec"].Text("group"), pair.entry.Target["spec"].Member("names").Text("kind")), pair => pair.i);
        var needs = new List<IReadOnlyCollection<int>>();
        foreach (PlannedObject entry in planned)
        {
            var own = new HashSet<int>();
            if (index.TryGetValue(ObjectKey.Core("Namespace", "", entry.Key.Namespace), out int home))
            {
                own.Add(home);
            }

            own.UnionWith(definitions[(entry.Key.Group, entry.Key.Kind)]);
            own.UnionWith(entry.Owners.Select(owner => byUid.GetValueOrDefault(owner.Text("uid"), -1)).Where(i => i >= 0));
            using JsonDocument document = JsonDocument.Parse(entry.Target.ToBytes());
            foreach (ObjectReference reference in ReferenceReader.Read(document.RootElement, entry.Key).Where(reference => reference.Kind == RelationKind.Uses))
            {
                if (index.TryGetValue(reference.Target, out int used))
                {
                    own.Add(used);
                }
            }

            needs.Add(own);
        }

        return [.. DependencyOrder.Sort([.. planned.Select(entry => entry.Key)], needs).Select(i => planned[i])];
    }
}
