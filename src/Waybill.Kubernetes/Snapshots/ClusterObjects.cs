using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Gets, lists, makes, changes and removes objects of the cluster.</summary>
internal sealed class ClusterObjects(ClusterConnection connection)
{
    /// <summary>Gets an object; null if there is none, or no such kind.</summary>
    public async Task<JsonElement?> FindAsync(string path, CancellationToken cancellationToken) =>
        await connection.Client.FindAsync(path, cancellationToken).ConfigureAwait(false) is { } answer ? Parse(answer) : null;

    /// <summary>Gets an object whose name may be replaced by its UID.</summary>
    public async Task<JsonElement?> FindAsync(string listPath, ClusterObjectId id, CancellationToken cancellationToken)
    {
        if (id.Uid.Length == 0)
        {
            return await FindAsync($"{listPath}/{id.Name}", cancellationToken).ConfigureAwait(false);
        }

        foreach (JsonElement one in await ListAsync(listPath, cancellationToken).ConfigureAwait(false))
        {
            if (one.Member("metadata").Text("uid") == id.Uid)
            {
                return one;
            }
        }

        return null;
    }

    /// <summary>Lists objects as of one moment; if the cluster forgets too fast for that, each that is there all the while once.</summary>
    public async Task<List<JsonElement>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var found = new List<JsonElement>();
        ApiStatus? refused = await new ListReader(connection.Client, connection.Options.PageSize).ReadAsync(
            path,
            "application/json",
            item =>
            {
                using JsonDocument document = JsonDocument.Parse(item);
                found.Add(document.RootElement.Clone());
            },
            () => found.Count,
            count => found.RemoveRange(count, found.Count - count),
            cancellationToken).ConfigureAwait(false);
        return refused is null or { Code: 410, Continue.Length: > 0 } ? found : throw ApiErrors.Of(refused, path);
    }

    /// <summary>Makes an object.</summary>
    /// <returns>The object; null if there is one of that name.</returns>
    public async Task<JsonElement?> CreateAsync(string listPath, JsonObject node, CancellationToken cancellationToken)
    {
        ApiAnswer answer = await SendAsync(HttpMethod.Post, listPath, node, "application/json", cancellationToken).ConfigureAwait(false);
        return answer.Code == 409 && answer.Status.Reason == "AlreadyExists" ? null : Parse(answer.OrThrow(listPath));
    }

    /// <summary>Asks something that is answered and not kept.</summary>
    public async Task<JsonElement> PostAsync(string path, JsonObject node, CancellationToken cancellationToken) =>
        Parse((await SendAsync(HttpMethod.Post, path, node, "application/json", cancellationToken).ConfigureAwait(false)).OrThrow(path));

    public async Task<JsonElement> PatchAsync(string path, JsonObject node, CancellationToken cancellationToken) =>
        Parse((await SendAsync(HttpMethod.Patch, path, node, "application/merge-patch+json", cancellationToken).ConfigureAwait(false)).OrThrow(path));

    /// <summary>Removes an object if it is still the one that is meant. What is not there need not be removed.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="uid">Which one is meant.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <param name="withDependents">Whether what it owns goes too, whatever is usual for its kind.</param>
    public async Task DeleteAsync(string path, string uid, CancellationToken cancellationToken, bool withDependents = false)
    {
        var options = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions", ["preconditions"] = new JsonObject { ["uid"] = uid } };
        if (withDependents)
        {
            options["propagationPolicy"] = "Background";
        }

        ApiAnswer answer = await SendAsync(HttpMethod.Delete, path, options, "application/json", cancellationToken).ConfigureAwait(false);

        // A conflict says that another object has the name by now: the one that is meant is gone.
        if (answer.Code is not (404 or 409))
        {
            answer.OrThrow(path);
        }
    }

    private Task<ApiAnswer> SendAsync(HttpMethod method, string path, JsonObject node, string contentType, CancellationToken cancellationToken) =>
        connection.Client.SendAsync(new ApiRequest(method, path) { Body = Encoding.UTF8.GetBytes(node.ToJsonString()), ContentType = contentType }, cancellationToken);

    private static JsonElement Parse(ApiAnswer answer)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Json);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new ProviderException(WaybillErrorCode.ClusterFailed, "kubernetes", string.Create(CultureInfo.InvariantCulture, $"The answer is no object: {error.Message}"), error) { IsTransient = true };
        }
    }
}
