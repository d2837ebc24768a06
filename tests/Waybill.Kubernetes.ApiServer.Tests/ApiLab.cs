using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Tests;

/// <summary>A server and raw HTTP to it, as somebody.</summary>
internal sealed class ApiLab : IAsyncDisposable
{
    private readonly HttpClient _http = new();

    private ApiLab(ApiServerDouble server)
    {
        Server = server;
        Token = server.AdminToken;
    }

    public ApiServerDouble Server { get; }

    public string Token { get; set; }

    public static async Task<ApiLab> StartAsync(ApiServerOptions? options = null) => new(await ApiServerDouble.StartAsync(options));

    public async Task<HttpResponseMessage> SendAsync(string method, string path, string? body = null, string type = "application/json", string accept = "application/json")
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Server.Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("User-Agent", "lab/1");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Sends a request that must succeed.</summary>
    public async Task<JsonNode> DoAsync(string method, string path, string? body = null, string type = "application/json", string accept = "application/json")
    {
        using HttpResponseMessage response = await SendAsync(method, path, body, type, accept);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path} ended with {(int)response.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Sends a request that must fail, and gets its Status.</summary>
    public async Task<JsonNode> FailAsync(int code, string method, string path, string? body = null, string type = "application/json")
    {
        using HttpResponseMessage response = await SendAsync(method, path, body, type);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == code, $"{method} {path} ended with {(int)response.StatusCode}, not {code}: {text}");
        JsonNode status = JsonNode.Parse(text)!;
        Assert.Equal("Status", status["kind"]!.GetValue<string>());
        return status;
    }

    public Task<JsonNode> CreateAsync(string path, string body) => DoAsync("POST", path, body);

    public Task<JsonNode> CreateNamespaceAsync(string name) =>
        CreateAsync("/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}"}}""");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Server.DisposeAsync();
    }

    public static string ConfigMap(string name, string value = "1", string more = "") =>
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"{{{more}}}},"data":{"key":"{{{value}}}"}}""";

    public static string Widgets(string versions = """{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}},"subresources":{"status":{}}}""") => $$$"""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.com"},
         "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"widgets","singular":"widget","kind":"Widget","shortNames":["wd"]},"versions":[{{{versions}}}]}}
        """;
}
