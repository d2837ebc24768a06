using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer;

namespace Waybill.Kubernetes.Tests;

/// <summary>What sidecars do with the API: watch kinds of objects, and write what came of them.</summary>
internal sealed class SidecarApi : IDisposable
{
    private readonly HttpClient _http;

    public SidecarApi(ApiServerDouble server)
    {
        _http = new HttpClient { BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Tokens.Issue("sidecar", "system:masters"));
    }

    /// <summary>Hands over every change of a kind, from the beginning, until it is stopped.</summary>
    public async Task WatchAsync(string path, Func<string, JsonObject, Task> onEvent, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using Stream body = await _http.GetStreamAsync($"{path}?watch=true", stop);
                using var lines = new StreamReader(body);
                while (await lines.ReadLineAsync(stop) is { } line)
                {
                    JsonObject change = JsonNode.Parse(line)!.AsObject();
                    await onEvent(change["type"]!.GetValue<string>(), change["object"]!.AsObject());
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                // It begins again, as informers do.
            }
        }
    }

    public async Task<JsonObject?> FindAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(path);
        return response.IsSuccessStatusCode ? JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject() : null;
    }

    public async Task<List<JsonObject>> ListAsync(string path) => [.. (await FindAsync(path))!["items"]!.AsArray().Select(item => item!.AsObject())];

    public async Task<bool> CreateAsync(string path, JsonObject node)
    {
        using HttpResponseMessage response = await _http.PostAsync(path, JsonContent.Create(node));
        return response.IsSuccessStatusCode;
    }

    /// <summary>Merges something into an object.</summary>
    /// <returns>Whether it is there.</returns>
    public async Task<bool> PatchAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/merge-patch+json");
        using HttpResponseMessage response = await _http.PatchAsync(path, content);
        return response.IsSuccessStatusCode;
    }

    public async Task DeleteAsync(string path)
    {
        using HttpResponseMessage response = await _http.DeleteAsync(path);
    }

    public void Dispose() => _http.Dispose();
}
