using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Reads from an object what it names: what the kinds of every cluster name where, and what custom kinds name in the usual ways.</summary>
internal sealed class ReferenceReader
{
    private readonly List<ObjectReference> _found = [];
    private readonly string _namespace;

    private ReferenceReader(string namespaceName) => _namespace = namespaceName;

    /// <summary>Reads an object.</summary>
    public static List<ObjectReference> Read(JsonElement root, ObjectKey key)
    {
        var reader = new ReferenceReader(key.Namespace);
        foreach (JsonElement owner in root.Member("metadata").Items("ownerReferences"))
        {
            // An owner lies in the same namespace or in none; which of the two is known only when it is found.
            reader.Add(ApiCatalog.GroupOf(owner.Text("apiVersion")), owner.Text("kind"), key.Namespace, owner.Text("name"), RelationKind.Owner);
        }

        JsonElement spec = root.Member("spec");
        JsonElement pod = PodSpecs.Find(root, key.Group, key.Kind);
        if (pod.ValueKind == JsonValueKind.Object)
        {
            reader.ReadPod(pod);
        }

        switch (key.Group, key.Kind)
        {
            case ("apps", "StatefulSet"):
                reader.Use("Service", spec.Text("serviceName"), optional: true);
                break;
            case ("", "PersistentVolumeClaim"):
                reader.Add("", "PersistentVolume", "", spec.Text("volumeName"), RelationKind.Uses);
                reader.Add("storage.k8s.io", "StorageClass", "", spec.Text("storageClassName"), RelationKind.Uses);
                reader.Source(spec.Member("dataSourceRef"));
                break;
            case ("", "PersistentVolume"):
                reader.ReadVolume(spec);
                break;
            case ("", "ServiceAccount"):
                reader.UseAll("Secret", root.Items("secrets").Concat(root.Items("imagePullSecrets")).Select(secret => secret.Text("name")), optional: true);
                break;
            case ("networking.k8s.io", "Ingress"):
                reader.ReadIngress(spec);
                break;
            case ("autoscaling", "HorizontalPodAutoscaler"):
                JsonElement target = spec.Member("scaleTargetRef");
                reader.Add(ApiCatalog.GroupOf(target.Text("apiVersion")), target.Text("kind"), key.Namespace, target.Text("name"), RelationKind.ActsOn);
                break;
            case ("rbac.authorization.k8s.io", "RoleBinding" or "ClusterRoleBinding"):
                reader.ReadBinding(root);
                break;
            case ("snapshot.storage.k8s.io", "VolumeSnapshot"):
                reader.Add("snapshot.storage.k8s.io", "VolumeSnapshotClass", "", spec.Text("volumeSnapshotClassName"), RelationKind.Uses);
                reader.Add("snapshot.storage.k8s.io", "VolumeSnapshotContent", "", root.Member("status").Text("boundVolumeSnapshotContentName"), RelationKind.Uses);
                reader.Use("PersistentVolumeClaim", spec.Member("source").Text("persistentVolumeClaimName"), optional: true);
                break;
            case ("snapshot.storage.k8s.io", "VolumeSnapshotContent"):
                reader.Add("snapshot.storage.k8s.io", "VolumeSnapshotClass", "", spec.Text("volumeSnapshotClassName"), RelationKind.Uses);
                break;
            case ("" or "apps" or "batch", _):
                break;
            default:
                if (key.Group.Contains('.', StringComparison.Ordinal) && !key.Group.EndsWith(".k8s.io", StringComparison.Ordinal))
                {
                    reader.ReadCustom(spec, depth: 0);
                }

                break;
        }

        return reader._found;
    }

    private void ReadPod(JsonElement pod)
    {
        foreach (JsonElement volume in pod.Items("volumes"))
        {
            Use("ConfigMap", volume.Member("configMap").Text("name"), volume.Member("configMap").IsTrue("optional"));
            Use("Secret", volume.Member("secret").Text("secretName"), volume.Member("secret").IsTrue("optional"));
            Use("PersistentVolumeClaim", volume.Member("persistentVolumeClaim").Text("claimName"));
            Use("Secret", volume.Member("csi").Member("nodePublishSecretRef").Text("name"));
            foreach (JsonElement source in volume.Member("projected").Items("sources"))
            {
                Use("ConfigMap", source.Member("configMap").Text("name"), source.Member("configMap").IsTrue("optional"));
                Use("Secret", source.Member("secret").Text("name"), source.Member("secret").IsTrue("optional"));
            }

            foreach (string old in (string[])["cephfs", "rbd", "iscsi", "flexVolume", "scaleIO", "storageos"])
            {
                Use("Secret", volume.Member(old).Member("secretRef").Text("name"));
            }

            Add("storage.k8s.io", "StorageClass", "", volume.Member("ephemeral", "volumeClaimTemplate").Member("spec").Text("storageClassName"), RelationKind.Uses);
        }

        foreach (JsonElement container in PodSpecs.Containers(pod))
        {
            foreach (JsonElement source in container.Items("envFrom"))
            {
                Use("ConfigMap", source.Member("configMapRef").Text("name"), source.Member("configMapRef").IsTrue("optional"));
                Use("Secret", source.Member("secretRef").Text("name"), source.Member("secretRef").IsTrue("optional"));
            }

            foreach (JsonElement source in container.Items("env").Select(variable => variable.Member("valueFrom")))
            {
                Use("ConfigMap", source.Member("configMapKeyRef").Text("name"), source.Member("configMapKeyRef").IsTrue("optional"));
                Use("Secret", source.Member("secretKeyRef").Text("name"), source.Member("secretKeyRef").IsTrue("optional"));
            }
        }

        UseAll("Secret", pod.Items("imagePullSecrets").Select(secret => secret.Text("name")), optional: true);
        Use("ServiceAccount", pod.Text("serviceAccountName"));
        Add("scheduling.k8s.io", "PriorityClass", "", pod.Text("priorityClassName"), RelationKind.Uses);
        Add("node.k8s.io", "RuntimeClass", "", pod.Text("runtimeClassName"), RelationKind.Uses);
    }

    private void ReadVolume(JsonElement spec)
    {
        Add("storage.k8s.io", "StorageClass", "", spec.Text("storageClassName"), RelationKind.Uses, optional: true);
        Add("storage.k8s.io", "CSIDriver", "", spec.Member("csi").Text("driver"), RelationKind.Uses, optional: true);
        foreach (JsonProperty member in spec.Members("csi").Where(member => member.Name.EndsWith("SecretRef", StringComparison.Ordinal)))
        {
            Add("", "Secret", member.Value.Text("namespace"), member.Value.Text("name"), RelationKind.Uses, optional: true);
        }
    }

    private void ReadIngress(JsonElement spec)
    {
        Add("networking.k8s.io", "IngressClass", "", spec.Text("ingressClassName"), RelationKind.Uses, optional: true);
        UseAll("Secret", spec.Items("tls").Select(tls => tls.Text("secretName")), optional: true);
        IEnumerable<JsonElement> backends = spec.Items("rules").SelectMany(rule => rule.Member("http").Items("paths")).Select(path => path.Member("backend")).Append(spec.Member("defaultBackend"));
        foreach (JsonElement backend in backends)
        {
            Add("", "Service", _namespace, backend.Member("service").Text("name"), RelationKind.ActsOn);
        }
    }

    private void ReadBinding(JsonElement root)
    {
        JsonElement role = root.Member("roleRef");
        string kind = role.Text("kind");
        Add("rbac.authorization.k8s.io", kind, kind == "Role" ? _namespace : "", role.Text("name"), RelationKind.Uses);
        foreach (JsonElement subject in root.Items("subjects").Where(subject => subject.Text("kind") == "ServiceAccount"))
        {
            string home = subject.Text("namespace");
            Add("", "ServiceAccount", home.Length > 0 ? home : _namespace, subject.Text("name"), RelationKind.ActsOn);
        }
    }

    private void Source(JsonElement source)
    {
        string home = source.Text("namespace");
        string kind = source.Text("kind");
        if (kind.Length > 0)
        {
            Add(source.Text("apiGroup"), kind, home.Length > 0 ? home : _namespace, source.Text("name"), RelationKind.Uses, optional: true);
        }
    }

    /// <summary>Custom kinds have no fixed form, but name Secrets and the like by a few habits.</summary>
    private void ReadCustom(JsonElement element, int depth)
    {
        const int Deepest = 32;
        if (depth > Deepest)
        {
            return;
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    ReadCustom(item, depth + 1);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    ReadCustom(member, depth);
                }

                break;
            default:
                break;
        }
    }

    private void ReadCustom(JsonProperty member, int depth)
    {
        string name = member.Name;
        if (member.Value.ValueKind == JsonValueKind.String)
        {
            string? kind = name switch
            {
                "secretName" => "Secret",
                "configMapName" => "ConfigMap",
                "claimName" or "persistentVolumeClaimName" => "PersistentVolumeClaim",
                "serviceAccountName" => "ServiceAccount",
                _ => null,
            };
            if (kind is not null)
            {
                Use(kind, member.Value.GetString()!, optional: true);
            }
        }
        else if (name.EndsWith("ecretRef", StringComparison.Ordinal) || name.EndsWith("ecretKeyRef", StringComparison.Ordinal))
        {
            Use("Secret", member.Value.Text("name"), optional: true);
        }
        else if (name.EndsWith("onfigMapRef", StringComparison.Ordinal) || name.EndsWith("onfigMapKeyRef", StringComparison.Ordinal))
        {
            Use("ConfigMap", member.Value.Text("name"), optional: true);
        }
        else
        {
            ReadCustom(member.Value, depth + 1);
        }
    }

    private void UseAll(string kind, IEnumerable<string> names, bool optional)
    {
        foreach (string name in names)
        {
            Use(kind, name, optional);
        }
    }

    private void Use(string kind, string name, bool optional = false) => Add("", kind, _namespace, name, RelationKind.Uses, optional);

    private void Add(string group, string kind, string namespaceName, string name, RelationKind relation, bool optional = false)
    {
        var reference = new ObjectReference(new ObjectKey(group, kind, namespaceName, name), relation, optional);
        if (name.Length > 0 && !_found.Contains(reference))
        {
            _found.Add(reference);
        }
    }
}
