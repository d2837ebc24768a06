using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Kinds;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>What a request is about, read from its method and path.</summary>
internal sealed record RequestInfo
{
    public required string Verb { get; init; }

    public required ResourceKind Kind { get; init; }

    public required string Version { get; init; }

    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    public string Subresource { get; init; } = "";

    /// <summary>Reads a path below <c>/api</c> or <c>/apis</c>; null if it names no resource.</summary>
    public static RequestInfo? Parse(HttpRequest request, KindRegistry kinds)
    {
        string[] path = (request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        (string group, string version, string[] rest) = path switch
        {
            ["api", { } v, ..] => ("", v, path[2..]),
            ["apis", { } g, { } v, ..] => (g, v, path[3..]),
            _ => ("", "", []),
        };
        string namespaceName = "";
        if (rest is ["namespaces", { } inside, { } plural, ..] && !(group.Length == 0 && plural is "status" or "finalize"))
        {
            namespaceName = inside;
            rest = rest[2..];
        }

        if (rest.Length is 0 or > 3 || kinds.FindPlural(group, version, rest[0]) is not { } kind || (namespaceName.Length > 0 && !kind.IsNamespaced))
        {
            return null;
        }

        string name = rest.Length > 1 ? rest[1] : "";
        bool isWatch = request.Query["watch"].ToString() is "true" or "1";
        string? verb = request.Method switch
        {
            "GET" => name.Length > 0 ? "get" : isWatch ? "watch" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => name.Length > 0 ? "delete" : "deletecollection",
            _ => null,
        };
        return verb is null ? null : new RequestInfo
        {
            Verb = verb,
            Kind = kind,
            Version = version,
            Namespace = namespaceName,
            Name = name,
            Subresource = rest.Length > 2 ? rest[2] : "",
        };
    }
}
