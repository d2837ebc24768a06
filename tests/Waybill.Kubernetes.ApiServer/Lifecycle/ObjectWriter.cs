using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Patching;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Lifecycle;

/// <summary>Creates and changes objects as a server does: fills in, keeps what only the server may set, refuses what is not allowed.</summary>
internal sealed partial class ObjectWriter(ObjectStore store, KindRegistry kinds, Collector collector)
{
    private readonly Defaults _defaults = new(store, kinds);

    public JsonObject Create(ResourceKind kind, string version, string namespaceName, JsonObject node, string manager, bool dryRun)
    {
        string apiVersion = kind.ApiVersion(version);
        RequireType(kind, apiVersion, node);
        node = ObjectJson.WithTypeFirst(node, kind.Name, apiVersion);
        JsonObject metadata = ObjectJson.Metadata(node);
        Place(kind, namespaceName, metadata);
        if (ObjectJson.Text(metadata, "resourceVersion").Length > 0)
        {
            throw ApiException.BadRequest("resourceVersion should not be set on objects to be created");
        }

        foreach (string serverOnly in (string[])["deletionTimestamp", "deletionGracePeriodSeconds", "managedFields", "selfLink"])
        {
            metadata.Remove(serverOnly);
        }

        if (kind.HasStatus)
        {
            node.Remove("status");
            metadata["generation"] = 1;
        }

        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = store.Stamp();
        if (kind.Key == "serviceaccounts" && store.TryGet(kind, namespaceName, ObjectJson.Text(metadata, "name"), out _))
        {
            throw new ApiException(409, "AlreadyExists", $"serviceaccounts \"{ObjectJson.Text(metadata, "name")}\" already exists");
        }

        _defaults.Fill(kind, node);
        ManagedFields.NoteUpdate(null, node, manager, "", store.Stamp());
        if (dryRun)
        {
            if (store.TryGet(kind, namespaceName, ObjectJson.Text(metadata, "name"), out _))
            {
                throw new ApiException(409, "AlreadyExists", $"{kind.Key} \"{ObjectJson.Text(metadata, "name")}\" already exists");
            }

            return node;
        }

        StoredObject stored = store.Write(kind, node, expected: null);
        AfterCreation(kind, stored, node);
        return stored.ToNode();
    }

    /// <summary>Changes an object by a function of what it is; tries again if somebody was faster and the caller did not say which revision is meant.</summary>
    public JsonObject Change(
        ResourceKind kind, string version, string namespaceName, string name, string subresource, string manager, bool isApply, bool dryRun, Func<JsonObject, JsonObject> change)
    {
        while (true)
        {
            if (!store.TryGet(kind, namespaceName, name, out StoredObject? current))
            {
                throw ApiException.NotFound(kind.Key, name);
            }

            JsonObject before = current.ToNode();
            JsonObject proposed = change(As(kind, before.DeepClone().AsObject(), version));
            long asked = long.TryParse(ObjectJson.Text(proposed["metadata"], "resourceVersion"), NumberStyles.None, CultureInfo.InvariantCulture, out long revision) ? revision : 0;
            JsonObject after = Settle(kind, version, before, proposed, subresource, current.Revision);
            if (!isApply)
            {
                ManagedFields.NoteUpdate(before, after, manager, subresource, store.Stamp());
            }

            if (JsonNode.DeepEquals(WithoutTimes(before), WithoutTimes(after)))
            {
                return before;
            }

            if (dryRun)
            {
                return after;
            }

            try
            {
                StoredObject stored = store.Write(kind, after, current);
                if (kind.Key == "customresourcedefinitions.apiextensions.k8s.io")
                {
                    _defaults.Register(stored.ToNode());
                }

                collector.Settle(stored);
                return stored.ToNode();
            }
            catch (ApiException error) when (error.Code == 409 && asked == 0)
            {
                // Only the server's own read was old.
            }
        }
    }

    /// <summary>Rewrites an object to another version of its kind.</summary>
    public static JsonObject As(ResourceKind kind, JsonObject node, string version)
    {
        node["apiVersion"] = kind.ApiVersion(version);
        return node;
    }

    private static JsonObject Settle(ResourceKind kind, string version, JsonObject before, JsonObject proposed, string subresource, long revision)
    {
        RequireType(kind, kind.ApiVersion(version), proposed);
        JsonObject old = ObjectJson.Metadata(before);
        JsonObject given = ObjectJson.Metadata(proposed);
        string name = ObjectJson.Text(old, "name");
        RequireSame(kind, old, given, name, revision);
        JsonObject after;
        if (subresource == "status")
        {
            after = before.DeepClone().AsObject();
            after["status"] = proposed["status"]?.DeepClone();
            if (given["managedFields"] is { } owners)
            {
                ObjectJson.Metadata(after)["managedFields"] = owners.DeepClone();
            }
        }
        else
        {
            after = ObjectJson.WithTypeFirst(proposed, kind.Name, ObjectJson.Text(before, "apiVersion"));
            if (kind.HasStatus)
            {
                after.Remove("status");
                if (before["status"] is { } status)
                {
                    after["status"] = status.DeepClone();
                }
            }

            ImmutableFields.Check(kind, before, after);
        }

        JsonObject metadata = ObjectJson.Metadata(after);
        foreach (string kept in (string[])["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion"])
        {
            metadata.Remove(kept);
            if (old[kept] is { } value)
            {
                metadata[kept] = value.DeepClone();
            }
        }

        if (!metadata.ContainsKey("managedFields") && old["managedFields"] is { } managed)
        {
            metadata["managedFields"] = managed.DeepClone();
        }

        if (kind.HasStatus && !JsonNode.DeepEquals(before["spec"], after["spec"]))
        {
            metadata["generation"] = ObjectJson.Number(old, "generation") + 1;
        }

        return after;
    }

    private static void RequireSame(ResourceKind kind, JsonObject old, JsonObject given, string name, long revision)
    {
        string asked = ObjectJson.Text(given, "resourceVersion");
        if (asked.Length > 0 && asked != revision.ToString(CultureInfo.InvariantCulture))
        {
            throw ApiException.Conflict(kind.Key, name, "the object has been modified; please apply your changes to the latest version and try again");
        }

        string uid = ObjectJson.Text(given, "uid");
        if (uid.Length > 0 && uid != ObjectJson.Text(old, "uid"))
        {
            throw ApiException.Conflict(kind.Key, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {ObjectJson.Text(old, "uid")}");
        }

        if (ObjectJson.Text(given, "name") is { Length: > 0 } other && other != name)
        {
            throw ApiException.BadRequest($"the name of the object ({other}) does not match the name on the URL ({name})");
        }
    }

    private void Place(ResourceKind kind, string namespaceName, JsonObject metadata)
    {
        string own = ObjectJson.Text(metadata, "namespace");
        if (kind.IsNamespaced)
        {
            if (own.Length > 0 && own != namespaceName)
            {
                throw ApiException.BadRequest($"the namespace of the provided object does not match the namespace sent on the request");
            }

            if (!store.TryGet(kinds.Get("namespaces"), "", namespaceName, out StoredObject? home))
            {
                throw ApiException.NotFound("namespaces", namespaceName);
            }

            if (home.IsDeleting)
            {
                throw new ApiException(403, "Forbidden", $"unable to create new content in namespace {namespaceName} because it is being terminated");
            }

            metadata["namespace"] = namespaceName;
        }
        else
        {
            metadata.Remove("namespace");
        }

        if (ObjectJson.Text(metadata, "name").Length == 0)
        {
            string prefix = ObjectJson.Text(metadata, "generateName");
            metadata["name"] = prefix.Length > 0
                ? prefix + RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz2456789", 5)
                : throw ApiException.Invalid(kind.Name, "", "metadata.name: Required value: name or generateName is required");
        }

        string name = ObjectJson.Text(metadata, "name");
        if (!(kind.Group == "rbac.authorization.k8s.io" ? PathName() : ObjectName()).IsMatch(name) || name.Length > 253)
        {
            throw ApiException.Invalid(kind.Name, name, $"metadata.name: Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'");
        }
    }

    private void AfterCreation(ResourceKind kind, StoredObject stored, JsonObject node)
    {
        switch (kind.Key)
        {
            case "customresourcedefinitions.apiextensions.k8s.io":
                _defaults.Register(node);
                break;
            case "namespaces":
                store.Load($$$"""{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"default","namespace":"{{{stored.Name}}}"}}""");
                store.Load($$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"kube-root-ca.crt","namespace":"{{{stored.Name}}}"},"data":{"ca.crt":"of this cluster"}}""");
                break;
            default:
                break;
        }
    }

    private static void RequireType(ResourceKind kind, string apiVersion, JsonObject node)
    {
        string said = ObjectJson.Text(node, "kind");
        string version = ObjectJson.Text(node, "apiVersion");
        if ((said.Length > 0 && said != kind.Name) || (version.Length > 0 && version != apiVersion))
        {
            throw ApiException.BadRequest($"{said} in version \"{version}\" cannot be handled as a {kind.Name} in version \"{apiVersion}\"");
        }
    }

    private static JsonObject WithoutTimes(JsonObject node)
    {
        JsonObject copy = node.DeepClone().AsObject();
        if (copy["metadata"]?["managedFields"] is JsonArray entries)
        {
            foreach (JsonObject entry in entries.OfType<JsonObject>())
            {
                entry.Remove("time");
            }
        }

        return copy;
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex ObjectName();

    [GeneratedRegex("^[^/%]+$")]
    private static partial Regex PathName();
}
