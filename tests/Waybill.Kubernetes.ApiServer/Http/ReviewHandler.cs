using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Security;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Answers questions about tokens and rights, and issues tokens of service accounts.</summary>
internal sealed class ReviewHandler(TokenAuthority tokens, AccessRules rules, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context, RequestInfo request, TokenUser user)
    {
        JsonObject body = ObjectJson.Parse(await Answers.ReadBodyAsync(context));
        body["kind"] = request.Kind.Name;
        body["apiVersion"] = request.Kind.ApiVersion(request.Version);
        body["status"] = request.Kind.Plural switch
        {
            "tokenreviews" => ReviewToken(body["spec"]),
            "selfsubjectreviews" => new JsonObject { ["userInfo"] = Describe(user) },
            "selfsubjectaccessreviews" => ReviewAccess(user, body["spec"]),
            _ => ReviewAccess(Subject(body["spec"]), body["spec"]),
        };
        await Answers.WriteAsync(context, 201, body);
    }

    /// <summary>Issues a token of a service account.</summary>
    public async Task IssueAsync(HttpContext context, StoredObject account)
    {
        JsonObject body = ObjectJson.Parse(await Answers.ReadBodyAsync(context));
        JsonNode? spec = body["spec"];
        string[] audiences = [.. (spec?["audiences"]?.AsArray() ?? []).Select(audience => audience!.GetValue<string>())];
        long seconds = ObjectJson.Number(spec, "expirationSeconds") is var given and > 0 ? given : 3600;
        if (seconds < 600)
        {
            throw ApiException.Invalid("TokenRequest", "", "spec.expirationSeconds: Invalid value: may not specify a duration less than 10 minutes");
        }

        DateTimeOffset expires = time.GetUtcNow().AddSeconds(seconds);
        body["kind"] = "TokenRequest";
        body["apiVersion"] = "authentication.k8s.io/v1";
        body["status"] = new JsonObject
        {
            ["token"] = tokens.IssueForServiceAccount(account.Namespace, account.Name, account.Uid, audiences.Length > 0 ? audiences : [TokenAuthority.ServerAudience], expires),
            ["expirationTimestamp"] = expires.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        await Answers.WriteAsync(context, 201, body);
    }

    private JsonObject ReviewToken(JsonNode? spec)
    {
        string[] audiences = [.. (spec?["audiences"]?.AsArray() ?? []).Select(audience => audience!.GetValue<string>())];
        string[] wanted = audiences.Length > 0 ? audiences : [TokenAuthority.ServerAudience];
        if (tokens.Find(ObjectJson.Text(spec, "token")) is not { } user)
        {
            return new JsonObject { ["authenticated"] = false, ["user"] = new JsonObject(), ["error"] = "[invalid bearer token, token lookup failed]" };
        }

        string[] common = [.. user.Audiences.Intersect(wanted)];
        return common.Length == 0
            ? new JsonObject { ["authenticated"] = false, ["user"] = new JsonObject(), ["error"] = $"[invalid bearer token, token audiences [\"{string.Join("\" \"", user.Audiences)}\"] is invalid for the target audiences [\"{string.Join("\" \"", wanted)}\"]]" }
            : new JsonObject { ["authenticated"] = true, ["user"] = Describe(user), ["audiences"] = new JsonArray([.. common.Select(audience => JsonValue.Create(audience))]) };
    }

    private JsonObject ReviewAccess(TokenUser user, JsonNode? spec)
    {
        JsonNode? resource = spec?["resourceAttributes"];
        JsonNode? path = spec?["nonResourceAttributes"];
        AccessRequest request = resource is not null
            ? new AccessRequest(ObjectJson.Text(resource, "verb"), ObjectJson.Text(resource, "group"), ObjectJson.Text(resource, "resource"))
            {
                Subresource = ObjectJson.Text(resource, "subresource"), Namespace = ObjectJson.Text(resource, "namespace"), Name = ObjectJson.Text(resource, "name"),
            }
            : new AccessRequest(ObjectJson.Text(path, "verb"), "", "") { Path = ObjectJson.Text(path, "path") };
        bool allowed = rules.IsAllowed(user, request);
        return new JsonObject { ["allowed"] = allowed, ["reason"] = allowed ? "RBAC: allowed" : "RBAC: no rule allows it" };
    }

    private static TokenUser Subject(JsonNode? spec) => new(
        ObjectJson.Text(spec, "user"), ObjectJson.Text(spec, "uid"), [.. (spec?["groups"]?.AsArray() ?? []).Select(group => group!.GetValue<string>())]);

    private static JsonObject Describe(TokenUser user) => new()
    {
        ["username"] = user.Name,
        ["uid"] = user.Uid,
        ["groups"] = new JsonArray([.. user.Groups.Select(group => JsonValue.Create(group))]),
    };
}
