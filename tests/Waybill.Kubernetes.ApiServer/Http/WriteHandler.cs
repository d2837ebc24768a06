using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Lifecycle;
using Waybill.Kubernetes.ApiServer.Patching;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Answers what changes objects.</summary>
internal sealed class WriteHandler(ObjectStore store, ObjectWriter writer, Collector collector)
{
    public async Task CreateAsync(HttpContext context, RequestInfo request)
    {
        JsonObject body = ObjectJson.Parse(await Answers.ReadBodyAsync(context));
        await Answers.WriteAsync(context, 201, writer.Create(request.Kind, request.Version, request.Namespace, body, Manager(context), IsDryRun(context)));
    }

    public async Task UpdateAsync(HttpContext context, RequestInfo request)
    {
        JsonObject body = ObjectJson.Parse(await Answers.ReadBodyAsync(context));
        await Answers.WriteAsync(context, 200, Change(context, request, isApply: false, _ => body.DeepClone().AsObject()));
    }

    public async Task PatchAsync(HttpContext context, RequestInfo request)
    {
        byte[] body = await Answers.ReadBodyAsync(context);
        string type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
        switch (type)
        {
            case "application/json-patch+json":
                JsonArray operations = ParseOperations(body);
                await Answers.WriteAsync(context, 200, Change(context, request, false, current => JsonPatch.Apply(current, operations)));
                break;
            case "application/merge-patch+json":
                JsonObject merge = ObjectJson.Parse(body);
                await Answers.WriteAsync(context, 200, Change(context, request, false, current => MergePatch.Apply(current, merge)));
                break;
            case "application/strategic-merge-patch+json" when request.Kind.IsBuiltIn:
                JsonObject strategic = ObjectJson.Parse(body);
                await Answers.WriteAsync(context, 200, Change(context, request, false, current => StrategicPatch.Apply(current, strategic)));
                break;
            case "application/apply-patch+yaml":
                await ApplyAsync(context, request, ObjectJson.Parse(body));
                break;
            default:
                throw new ApiException(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml; not {type}");
        }
    }

    public async Task DeleteAsync(HttpContext context, RequestInfo request)
    {
        JsonObject? options = await ReadOptionsAsync(context);
        StoredObject? waiting = collector.Delete(Find(request), options, IsDryRun(context));
        await (waiting is not null
            ? Answers.WriteAsync(context, 200, ObjectForm.Single(waiting, request.Version, metadataOnly: false))
            : Answers.WriteAsync(context, 200, Gone(request.Kind, request.Name)));
    }

    public async Task DeleteAllAsync(HttpContext context, RequestInfo request)
    {
        JsonObject? options = await ReadOptionsAsync(context);
        Func<StoredObject, bool> matches = Selectors.Parse(context.Request.Query["labelSelector"].ToString(), context.Request.Query["fieldSelector"].ToString());
        foreach (StoredObject stored in store.List(request.Kind.Key, request.Namespace).Where(matches))
        {
            if (store.TryGet(stored.Kind, stored.Namespace, stored.Name, out StoredObject? current))
            {
                collector.Delete(current, options, IsDryRun(context));
            }
        }

        await Answers.WriteAsync(context, 200, Gone(request.Kind, ""));
    }

    /// <summary>Gets the object a request names.</summary>
    public StoredObject Find(RequestInfo request) =>
        store.TryGet(request.Kind, request.Namespace, request.Name, out StoredObject? stored) ? stored : throw ApiException.NotFound(request.Kind.Key, request.Name);

    private async Task ApplyAsync(HttpContext context, RequestInfo request, JsonObject applied)
    {
        string manager = context.Request.Query["fieldManager"].ToString();
        if (manager.Length == 0)
        {
            throw ApiException.BadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        }

        bool force = context.Request.Query["force"].ToString() == "true";
        bool isStatus = request.Subresource == "status";
        foreach (string ignored in applied.Select(member => member.Key).Where(member => isStatus ? member is not ("apiVersion" or "kind" or "metadata" or "status") : member == "status").ToArray())
        {
            applied.Remove(ignored);
        }

        if (!isStatus && !store.TryGet(request.Kind, request.Namespace, request.Name, out _))
        {
            JsonObject fresh = ManagedFields.Apply(applied.DeepClone().AsObject(), applied, manager, "", force, store.Stamp());
            JsonNode managed = fresh["metadata"]!["managedFields"]!.DeepClone();
            ObjectJson.Metadata(fresh).TryAdd("name", request.Name);
            JsonObject created = writer.Create(request.Kind, request.Version, request.Namespace, fresh, manager, IsDryRun(context));
            await Answers.WriteAsync(context, 201, IsDryRun(context) ? created : Change(context, request, isApply: true, current =>
            {
                ObjectJson.Metadata(current)["managedFields"] = managed.DeepClone();
                return current;
            }));
            return;
        }

        await Answers.WriteAsync(context, 200, Change(context, request, isApply: true, current =>
        {
            JsonObject body = applied.DeepClone().AsObject();
            string revision = ObjectJson.Text(body["metadata"], "resourceVersion");
            JsonObject merged = ManagedFields.Apply(current, body, manager, request.Subresource, force, store.Stamp());
            if (revision.Length == 0)
            {
                ObjectJson.Metadata(merged).Remove("resourceVersion");
            }

            return merged;
        }));
    }

    private JsonObject Change(HttpContext context, RequestInfo request, bool isApply, Func<JsonObject, JsonObject> change)
    {
        if (request.Subresource is not ("" or "status" or "finalize"))
        {
            throw ApiException.NotFound(request.Kind.Key, $"{request.Name}/{request.Subresource}");
        }

        JsonObject changed = writer.Change(
            request.Kind, request.Version, request.Namespace, request.Name, request.Subresource, Manager(context), isApply, IsDryRun(context), change);
        return ObjectWriter.As(request.Kind, changed, request.Version);
    }

    private static JsonArray ParseOperations(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonArray ?? throw ApiException.BadRequest("a JSON patch is a list of operations");
        }
        catch (JsonException error)
        {
            throw ApiException.BadRequest($"error decoding patch: {error.Message}");
        }
    }

    private static async Task<JsonObject?> ReadOptionsAsync(HttpContext context)
    {
        byte[] body = await Answers.ReadBodyAsync(context);
        JsonObject? options = body.Length == 0 ? null : ObjectJson.Parse(body);
        string policy = context.Request.Query["propagationPolicy"].ToString();
        if (policy.Length > 0)
        {
            options ??= [];
            options["propagationPolicy"] = policy;
        }

        return options;
    }

    private static JsonObject Gone(ResourceKind kind, string name) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["details"] = new JsonObject { ["name"] = name, ["group"] = kind.Group, ["kind"] = kind.Plural },
    };

    private static bool IsDryRun(HttpContext context) => context.Request.Query["dryRun"].ToString() == "All";

    private static string Manager(HttpContext context)
    {
        string given = context.Request.Query["fieldManager"].ToString();
        if (given.Length > 0)
        {
            return given;
        }

        string agent = context.Request.Headers.UserAgent.ToString().Split('/')[0];
        return agent.Length > 0 ? agent : "unknown";
    }
}
