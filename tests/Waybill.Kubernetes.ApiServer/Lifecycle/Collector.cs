using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Lifecycle;

/// <summary>Deletes: finalizers, preconditions, what happens to dependents, and the end of namespaces. All of it happens within the request.</summary>
internal sealed class Collector(ObjectStore store, KindRegistry kinds)
{
    private const string Foreground = "foregroundDeletion";
    private const string Orphan = "orphan";

    /// <summary>Finalizers that a controller of every cluster takes away as soon as nothing uses the object.</summary>
    private static readonly string[] s_protections = ["kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"];

    /// <summary>Deletes an object.</summary>
    /// <returns>The object if it waits for its finalizers; null if it is gone.</returns>
    public StoredObject? Delete(StoredObject target, JsonObject? options, bool dryRun)
    {
        Check(target, options?["preconditions"] as JsonObject);
        if (dryRun)
        {
            return null;
        }

        // Jobs leave their pods behind unless told otherwise, as they did in their first version.
        string policy = ObjectJson.Text(options, "propagationPolicy");
        string finalizer = policy switch { "Foreground" => Foreground, "Orphan" => Orphan, "" when target.Kind.Key == "jobs.batch" && options is not null => Orphan, _ => "" };
        while (true)
        {
            JsonObject node = target.ToNode();
            JsonObject metadata = ObjectJson.Metadata(node);
            JsonArray finalizers = metadata["finalizers"] as JsonArray ?? [];
            if (finalizer.Length > 0 && !finalizers.Any(known => known!.GetValue<string>() == finalizer))
            {
                finalizers.Add(finalizer);
                metadata["finalizers"] = finalizers;
            }

            bool isNamespace = target.Kind.Key == "namespaces";
            if (finalizers.Count == 0 && !isNamespace)
            {
                if (store.Remove(target))
                {
                    AfterRemoval(target);
                    return null;
                }
            }
            else
            {
                metadata.TryAdd("deletionTimestamp", store.Stamp());
                metadata.TryAdd("deletionGracePeriodSeconds", 0);
                if (isNamespace)
                {
                    node["status"] = new JsonObject { ["phase"] = "Terminating" };
                }

                if (TryWrite(target, node) is { } waiting)
                {
                    return Settle(waiting);
                }
            }

            if (!store.TryGet(target.Kind, target.Namespace, target.Name, out StoredObject? current))
            {
                return null;
            }

            target = current;
        }
    }

    /// <summary>Carries on a deletion that has begun as far as it goes.</summary>
    /// <returns>The object as it is then; null if it is gone.</returns>
    public StoredObject? Settle(StoredObject target)
    {
        if (!target.IsDeleting)
        {
            return target;
        }

        if (target.Kind.Key == "namespaces")
        {
            return SettleNamespace(target);
        }

        JsonObject node = target.ToNode();
        JsonArray finalizers = ObjectJson.Metadata(node)["finalizers"] as JsonArray ?? [];
        int before = finalizers.Count;
        foreach (string finalizer in finalizers.Select(known => known!.GetValue<string>()).ToArray())
        {
            if (s_protections.Contains(finalizer) || (finalizer == Orphan && Release(target)) || (finalizer == Foreground && DeleteDependents(target)))
            {
                finalizers.Remove(finalizers.First(known => known!.GetValue<string>() == finalizer));
            }
        }

        if (finalizers.Count == 0)
        {
            if (store.TryGet(target.Kind, target.Namespace, target.Name, out StoredObject? current) && store.Remove(current))
            {
                AfterRemoval(current);
            }

            return null;
        }

        return finalizers.Count == before ? target : TryWrite(target, node) ?? target;
    }

    private StoredObject? SettleNamespace(StoredObject target)
    {
        foreach (ResourceKind kind in kinds.All.Where(kind => kind.IsNamespaced))
        {
            foreach (StoredObject inside in store.List(kind.Key, target.Name).Where(inside => !inside.IsDeleting))
            {
                if (store.TryGet(inside.Kind, inside.Namespace, inside.Name, out StoredObject? current))
                {
                    Delete(current, null, dryRun: false);
                }
            }
        }

        if (store.CountIn(target.Name) > 0 || !store.TryGet(target.Kind, "", target.Name, out StoredObject? last))
        {
            return target;
        }

        if (last.ToNode()["metadata"]?["finalizers"] is JsonArray { Count: > 0 })
        {
            return last;
        }

        store.Remove(last);
        return null;
    }

    private void AfterRemoval(StoredObject removed)
    {
        foreach (StoredObject dependent in store.DependentsOf(removed.Uid))
        {
            if (!dependent.Owners.Any(uid => store.FindUid(uid) is not null))
            {
                Delete(dependent, null, dryRun: false);
            }
        }

        // An owner that is deleted in the foreground waits for the last of its dependents.
        foreach (string uid in removed.Owners)
        {
            if (store.FindUid(uid) is { IsDeleting: true } owner)
            {
                Settle(owner);
            }
        }

        if (removed.Kind.Key == "customresourcedefinitions.apiextensions.k8s.io")
        {
            RemoveKind(removed);
        }

        if (removed.Namespace.Length > 0 && store.CountIn(removed.Namespace) == 0
            && store.TryGet(kinds.Get("namespaces"), "", removed.Namespace, out StoredObject? home) && home.IsDeleting)
        {
            Settle(home);
        }
    }

    private void RemoveKind(StoredObject definition)
    {
        ResourceKind kind = KindRegistry.FromDefinition(definition.ToNode());
        foreach (StoredObject custom in store.List(kind.Key))
        {
            Delete(custom, null, dryRun: false);
        }

        kinds.Remove(kind.Key);
    }

    private bool DeleteDependents(StoredObject owner)
    {
        foreach (StoredObject dependent in store.DependentsOf(owner.Uid).Where(dependent => !dependent.IsDeleting))
        {
            Delete(dependent, null, dryRun: false);
        }

        return store.DependentsOf(owner.Uid).Count == 0;
    }

    private bool Release(StoredObject owner)
    {
        foreach (StoredObject dependent in store.DependentsOf(owner.Uid))
        {
            JsonObject node = dependent.ToNode();
            JsonObject metadata = ObjectJson.Metadata(node);
            JsonArray owners = metadata["ownerReferences"]!.AsArray();
            owners.Remove(owners.First(reference => ObjectJson.Text(reference, "uid") == owner.Uid));
            if (owners.Count == 0)
            {
                metadata.Remove("ownerReferences");
            }

            TryWrite(dependent, node);
        }

        return true;
    }

    private StoredObject? TryWrite(StoredObject expected, JsonObject node)
    {
        try
        {
            return store.Write(expected.Kind, node, expected);
        }
        catch (ApiException error) when (error.Code == 409)
        {
            return null;
        }
    }

    private static void Check(StoredObject target, JsonObject? preconditions)
    {
        string uid = ObjectJson.Text(preconditions, "uid");
        string revision = ObjectJson.Text(preconditions, "resourceVersion");
        if ((uid.Length > 0 && uid != target.Uid) || (revision.Length > 0 && revision != ObjectJson.Text(target.ToNode()["metadata"], "resourceVersion")))
        {
            throw ApiException.Conflict(target.Kind.Key, target.Name, "Precondition failed: UID or resource version in precondition does not match the object");
        }
    }
}
