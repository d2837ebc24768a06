using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Lifecycle;

/// <summary>What a server fills in when an object is created.</summary>
internal sealed class Defaults(ObjectStore store, KindRegistry kinds)
{
    private int _address;
    private int _nodePort = 30000;

    public void Fill(ResourceKind kind, JsonObject node)
    {
        JsonObject metadata = ObjectJson.Metadata(node);
        switch (kind.Key)
        {
            case "namespaces":
                Member(metadata, "labels")["kubernetes.io/metadata.name"] = ObjectJson.Text(metadata, "name");
                Member(node, "spec")["finalizers"] = new JsonArray("kubernetes");
                node["status"] = new JsonObject { ["phase"] = "Active" };
                break;
            case "services":
                FillService(node);
                break;
            case "persistentvolumeclaims":
                AddFinalizer(metadata, "kubernetes.io/pvc-protection");
                FillClass(Member(node, "spec"));
                node["status"] = new JsonObject { ["phase"] = "Pending" };
                break;
            case "persistentvolumes":
                AddFinalizer(metadata, "kubernetes.io/pv-protection");
                node["status"] = new JsonObject { ["phase"] = "Available" };
                break;
            case "pods":
                Member(node, "spec").TryAdd("restartPolicy", "Always");
                node["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = "BestEffort" };
                break;
            case "secrets":
                FillSecret(node);
                break;
            case "jobs.batch":
                FillJob(node);
                break;
            case "customresourcedefinitions.apiextensions.k8s.io":
                Establish(node);
                break;
            default:
                break;
        }
    }

    /// <summary>Registers what a definition defines; the definition is stored by then.</summary>
    public void Register(JsonObject definition) => kinds.Add(KindRegistry.FromDefinition(definition));

    private void FillService(JsonObject node)
    {
        JsonObject spec = Member(node, "spec");
        spec.TryAdd("type", "ClusterIP");
        string type = ObjectJson.Text(spec, "type");
        string address = ObjectJson.Text(spec, "clusterIP");
        if (type != "ExternalName" && address != "None")
        {
            IEnumerable<string> taken = store.List("services").Select(service => ObjectJson.Text(service.ToNode()["spec"], "clusterIP"));
            if (address.Length > 0 && taken.Contains(address))
            {
                throw ApiException.Invalid("Service", ObjectJson.Text(node["metadata"], "name"), $"spec.clusterIPs: Invalid value: [\"{address}\"]: failed to allocate IP {address}: provided IP is already allocated");
            }

            if (address.Length == 0)
            {
                int number = Interlocked.Increment(ref _address);
                address = string.Create(CultureInfo.InvariantCulture, $"10.96.{number / 250}.{(number % 250) + 1}");
            }

            spec["clusterIP"] = address;
            spec["clusterIPs"] = new JsonArray(address);
        }

        if (type is "NodePort" or "LoadBalancer")
        {
            foreach (JsonObject port in (spec["ports"]?.AsArray() ?? []).OfType<JsonObject>())
            {
                AllocateNodePort(port, ObjectJson.Text(node["metadata"], "name"));
            }
        }

        if (type == "LoadBalancer")
        {
            node["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
        }
    }

    private void AllocateNodePort(JsonObject port, string service)
    {
        long wanted = ObjectJson.Number(port, "nodePort");
        if (wanted == 0)
        {
            port["nodePort"] = Interlocked.Increment(ref _nodePort);
            return;
        }

        bool taken = store.List("services").SelectMany(other => other.ToNode()["spec"]?["ports"]?.AsArray() ?? []).Any(other => ObjectJson.Number(other, "nodePort") == wanted);
        if (taken)
        {
            throw ApiException.Invalid("Service", service, $"spec.ports[0].nodePort: Invalid value: {wanted}: provided port is already allocated");
        }
    }

    private void FillClass(JsonObject spec)
    {
        if (spec.ContainsKey("storageClassName"))
        {
            return;
        }

        StoredObject? byDefault = store.List("storageclasses.storage.k8s.io")
            .FirstOrDefault(found => ObjectJson.Text(found.ToNode()["metadata"]?["annotations"], "storageclass.kubernetes.io/is-default-class") == "true");
        if (byDefault is not null)
        {
            spec["storageClassName"] = byDefault.Name;
        }

        spec.TryAdd("volumeMode", "Filesystem");
    }

    private static void FillSecret(JsonObject node)
    {
        node.TryAdd("type", "Opaque");
        if (node["stringData"] is JsonObject texts)
        {
            foreach ((string name, JsonNode? value) in texts)
            {
                Member(node, "data")[name] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value!.GetValue<string>()));
            }

            node.Remove("stringData");
        }
    }

    private static void FillJob(JsonObject node)
    {
        JsonObject spec = Member(node, "spec");
        if (spec["manualSelector"]?.GetValue<bool>() == true)
        {
            return;
        }

        string uid = ObjectJson.Text(node["metadata"], "uid");
        JsonObject labels = Member(Member(Member(spec, "template"), "metadata"), "labels");
        if (spec.ContainsKey("selector") || labels.ContainsKey("batch.kubernetes.io/controller-uid"))
        {
            throw ApiException.Invalid("Job", ObjectJson.Text(node["metadata"], "name"), "spec.selector: Invalid value: `selector` not auto-generated");
        }

        spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["batch.kubernetes.io/controller-uid"] = uid } };
        labels["batch.kubernetes.io/controller-uid"] = uid;
        labels["batch.kubernetes.io/job-name"] = ObjectJson.Text(node["metadata"], "name");
    }

    private void Establish(JsonObject node)
    {
        _ = KindRegistry.FromDefinition(node); // refuses what cannot be served
        node["status"] = new JsonObject
        {
            ["acceptedNames"] = node["spec"]!["names"]!.DeepClone(),
            ["conditions"] = new JsonArray(
                new JsonObject { ["type"] = "NamesAccepted", ["status"] = "True", ["lastTransitionTime"] = store.Stamp(), ["reason"] = "NoConflicts", ["message"] = "no conflicts found" },
                new JsonObject { ["type"] = "Established", ["status"] = "True", ["lastTransitionTime"] = store.Stamp(), ["reason"] = "InitialNamesAccepted", ["message"] = "the initial names have been accepted" }),
            ["storedVersions"] = new JsonArray([.. (node["spec"]!["versions"]?.AsArray() ?? []).Where(version => version!["storage"]?.GetValue<bool>() == true).Select(version => version!["name"]!.DeepClone())]),
        };
    }

    private static void AddFinalizer(JsonObject metadata, string finalizer)
    {
        if (metadata["finalizers"] is not JsonArray list)
        {
            metadata["finalizers"] = list = [];
        }

        if (!list.Any(known => known!.GetValue<string>() == finalizer))
        {
            list.Add(finalizer);
        }
    }

    private static JsonObject Member(JsonObject node, string name)
    {
        if (node[name] is not JsonObject member)
        {
            node[name] = member = [];
        }

        return member;
    }
}
