using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Waybill.Samples.Controller.Resources;

namespace Waybill.Samples.Controller;

/// <summary>Objects of one kind, in all namespaces.</summary>
public sealed class CustomObjects<T>(IKubernetes client, string plural)
    where T : IKubernetesObject<V1ObjectMeta>
{
    private const string Manager = "waybill-controller";

    /// <summary>Lists them, the oldest first, so that those that wait longest come first.</summary>
    public async Task<IReadOnlyList<T>> ListAsync(CancellationToken cancellationToken)
    {
        JsonElement list = await client.CustomObjects.ListCustomObjectForAllNamespacesAsync<JsonElement>(ApiGroup.Name, ApiGroup.Served, plural, cancellationToken: cancellationToken).ConfigureAwait(false);
        return
        [
            .. list.GetProperty("items").EnumerateArray().Select(item => KubernetesJson.Deserialize<T>(item.GetRawText()))
                .OrderBy(item => item.Metadata.CreationTimestamp).ThenBy(item => item.Metadata.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Makes one, unless there is one of that name.</summary>
    /// <returns>Whether it was made.</returns>
    public async Task<bool> TryCreateAsync(T item, CancellationToken cancellationToken)
    {
        try
        {
            await client.CustomObjects.CreateNamespacedCustomObjectAsync<JsonElement>(
                item, ApiGroup.Name, ApiGroup.Served, item.Metadata.NamespaceProperty, plural, fieldManager: Manager, cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (k8s.Autorest.HttpOperationException error) when (error.Response.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    /// <summary>Says what became of one, by server-side apply: fields that others set stay theirs.</summary>
    public Task ApplyStatusAsync<TStatus>(T item, TStatus status, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["apiVersion"] = item.ApiVersion, ["kind"] = item.Kind, ["metadata"] = new JsonObject { ["name"] = item.Metadata.Name, ["namespace"] = item.Metadata.NamespaceProperty },
            ["status"] = JsonNode.Parse(KubernetesJson.Serialize(status)),
        };
        return client.CustomObjects.PatchNamespacedCustomObjectStatusAsync<JsonElement>(
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.ApplyPatch), ApiGroup.Name, ApiGroup.Served, item.Metadata.NamespaceProperty, plural, item.Metadata.Name,
            fieldManager: Manager, force: true, cancellationToken: cancellationToken);
    }

    /// <summary>Sets its finalizers, if it is still as it was read.</summary>
    public Task SetFinalizersAsync(T item, IReadOnlyList<string> finalizers, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = item.Metadata.ResourceVersion, ["finalizers"] = new JsonArray([.. finalizers.Select(name => JsonValue.Create(name))]),
            },
        };
        return client.CustomObjects.PatchNamespacedCustomObjectAsync<JsonElement>(
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch), ApiGroup.Name, ApiGroup.Served, item.Metadata.NamespaceProperty, plural, item.Metadata.Name,
            fieldManager: Manager, cancellationToken: cancellationToken);
    }

    /// <summary>Waits until one of them changes, or the watch ends.</summary>
    public async Task WaitForChangeAsync(string? since, Action changed, CancellationToken cancellationToken)
    {
        await foreach ((WatchEventType _, object _) in client.CustomObjects.WatchListCustomObjectForAllNamespacesAsync(
            ApiGroup.Name, ApiGroup.Served, plural, resourceVersion: since, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            changed();
        }
    }
}
