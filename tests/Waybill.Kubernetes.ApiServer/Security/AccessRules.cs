using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Security;

/// <summary>Says who may do what, by the roles and bindings in the store.</summary>
public sealed class AccessRules
{
    private readonly ObjectStore _store;
    private readonly ConcurrentDictionary<(string User, string Verb, string Resource, string Namespace), bool> _denied = new();

    internal AccessRules(ObjectStore store) => _store = store;

    /// <summary>Forbids something whatever the roles say, even to administrators.</summary>
    /// <param name="user">The user; <c>*</c> for everyone.</param>
    /// <param name="verb">The verb; <c>*</c> for all.</param>
    /// <param name="resource">The resource over all groups, such as <c>deployments.apps</c>; <c>*</c> for all.</param>
    /// <param name="namespaceName">The namespace; <c>*</c> for all.</param>
    public void Deny(string user, string verb, string resource, string namespaceName = "*") => _denied[(user, verb, resource, namespaceName)] = true;

    public bool IsAllowed(TokenUser user, AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(request);
        string key = request.Group.Length == 0 ? request.Resource : $"{request.Resource}.{request.Group}";
        bool denied = _denied.Keys.Any(rule =>
            Matches(rule.User, user.Name) && Matches(rule.Verb, request.Verb) && (Matches(rule.Resource, key) || Matches(rule.Resource, $"{key}/{request.Subresource}"))
            && Matches(rule.Namespace, request.Namespace));
        if (denied)
        {
            return false;
        }

        return user.Groups.Contains("system:masters") || IsOpenToAll(request)
            || BoundRoles(user, "clusterrolebindings.rbac.authorization.k8s.io", "").Any(role => Grants(role, request))
            || (request.Namespace.Length > 0 && BoundRoles(user, "rolebindings.rbac.authorization.k8s.io", request.Namespace).Any(role => Grants(role, request)));
    }

    private static bool IsOpenToAll(AccessRequest request) =>
        request.Verb == "create" && request.Resource is "selfsubjectreviews" or "selfsubjectaccessreviews";

    private IEnumerable<JsonObject> BoundRoles(TokenUser user, string bindings, string namespaceName)
    {
        foreach (StoredObject stored in _store.List(bindings, namespaceName))
        {
            JsonObject binding = stored.ToNode();
            if (!(binding["subjects"]?.AsArray() ?? []).Any(subject => IsSubject(subject!, user)))
            {
                continue;
            }

            JsonNode reference = binding["roleRef"]!;
            bool isCluster = ObjectJson.Text(reference, "kind") == "ClusterRole";
            string key = isCluster ? "clusterroles.rbac.authorization.k8s.io" : "roles.rbac.authorization.k8s.io";
            StoredObject? role = _store.List(key, isCluster ? "" : namespaceName).FirstOrDefault(role => role.Name == ObjectJson.Text(reference, "name"));
            if (role is not null)
            {
                yield return role.ToNode();
            }
        }
    }

    private static bool IsSubject(JsonNode subject, TokenUser user) => ObjectJson.Text(subject, "kind") switch
    {
        "User" => ObjectJson.Text(subject, "name") == user.Name,
        "Group" => user.Groups.Contains(ObjectJson.Text(subject, "name")),
        "ServiceAccount" => user.Name == $"system:serviceaccount:{ObjectJson.Text(subject, "namespace")}:{ObjectJson.Text(subject, "name")}",
        _ => false,
    };

    private static bool Grants(JsonObject role, AccessRequest request) => (role["rules"]?.AsArray() ?? []).Any(rule =>
    {
        if (request.Path.Length > 0)
        {
            return Has(rule!, "nonResourceURLs", request.Path) && Has(rule!, "verbs", request.Verb);
        }

        string resource = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
        return Has(rule!, "verbs", request.Verb) && Has(rule!, "apiGroups", request.Group) && Has(rule!, "resources", resource)
            && (rule!["resourceNames"] is not JsonArray { Count: > 0 } || Has(rule, "resourceNames", request.Name));
    });

    private static bool Has(JsonNode rule, string name, string value) =>
        (rule[name]?.AsArray() ?? []).Any(entry => entry!.GetValue<string>() is var text && (text == "*" || text == value));

    private static bool Matches(string pattern, string value) => pattern == "*" || pattern == value;
}

/// <summary>What somebody wants to do.</summary>
/// <param name="Verb">The verb.</param>
/// <param name="Group">The API group.</param>
/// <param name="Resource">The resource.</param>
public sealed record AccessRequest(string Verb, string Group, string Resource)
{
    public string Subresource { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>Gets the path of what is no resource; else empty.</summary>
    public string Path { get; init; } = "";
}
