using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Kinds;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Says which kinds there are: all in one answer, or group by group for those who cannot read that.</summary>
internal sealed class DiscoveryHandler(KindRegistry kinds)
{
    private const string AggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    /// <summary>Gets or sets whether everything is told in one answer to those who ask for it.</summary>
    public bool Aggregates { get; set; } = true;

    /// <summary>Gets or sets groups whose server does not answer: what is said of them is old.</summary>
    public ImmutableHashSet<string> StaleGroups { get; set; } = [];

    /// <summary>Answers a path if it is one of discovery.</summary>
    public async Task<bool> TryHandleAsync(HttpContext context)
    {
        string[] path = (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        string accept = context.Request.Headers.Accept.ToString();
        bool aggregated = Aggregates && accept.Contains("g=apidiscovery.k8s.io", StringComparison.Ordinal) && accept.Contains("v=v2", StringComparison.Ordinal);
        switch (path)
        {
            case ["api" or "apis"] when aggregated:
                IEnumerable<IGrouping<string, ResourceKind>> groups = kinds.All.GroupBy(kind => kind.Group).Where(group => group.Key.Length == 0 == (path[0] == "api"));
                await Answers.WriteAsync(context, 200, AggregatedType, new JsonObject
                {
                    ["kind"] = "APIGroupDiscoveryList",
                    ["apiVersion"] = "apidiscovery.k8s.io/v2",
                    ["metadata"] = new JsonObject(),
                    ["items"] = new JsonArray([.. groups.Select(Group)]),
                });
                return true;
            case ["api"]:
                await Answers.WriteAsync(context, 200, new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") });
                return true;
            case ["apis"]:
                await Answers.WriteAsync(context, 200, new JsonObject
                {
                    ["kind"] = "APIGroupList",
                    ["apiVersion"] = "v1",
                    ["groups"] = new JsonArray([.. kinds.All.Where(kind => kind.Group.Length > 0).GroupBy(kind => kind.Group).Select(LegacyGroup)]),
                });
                return true;
            case ["api", "v1"]:
                await WriteVersionAsync(context, "", "v1");
                return true;
            case ["apis", { } name] when kinds.All.Where(kind => kind.Group == name).GroupBy(kind => kind.Group).FirstOrDefault() is { } one:
                JsonObject told = LegacyGroup(one);
                told["kind"] = "APIGroup";
                told["apiVersion"] = "v1";
                await Answers.WriteAsync(context, 200, told);
                return true;
            case ["apis", { } group, { } version]:
                await WriteVersionAsync(context, group, version);
                return true;
            default:
                return false;
        }
    }

    private JsonObject Group(IGrouping<string, ResourceKind> group) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = group.Key },
        ["versions"] = new JsonArray([.. Versions(group).Select(version => new JsonObject
        {
            ["version"] = version,
            ["freshness"] = StaleGroups.Contains(group.Key) ? "Stale" : "Current",
            ["resources"] = StaleGroups.Contains(group.Key) ? [] : new JsonArray([.. group.Where(kind => kind.Versions.Contains(version)).Select(kind => Resource(kind, version))]),
        })]),
    };

    private static JsonObject Resource(ResourceKind kind, string version)
    {
        var resource = new JsonObject
        {
            ["resource"] = kind.Plural,
            ["responseKind"] = new JsonObject { ["group"] = kind.Group, ["version"] = version, ["kind"] = kind.Name },
            ["scope"] = kind.IsNamespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = kind.Singular,
            ["verbs"] = Texts(kind.Verbs),
            ["shortNames"] = Texts(kind.ShortNames),
        };
        if (kind.HasStatus)
        {
            resource["subresources"] = new JsonArray(new JsonObject
            {
                ["subresource"] = "status",
                ["responseKind"] = new JsonObject { ["group"] = kind.Group, ["version"] = version, ["kind"] = kind.Name },
                ["verbs"] = new JsonArray("get", "patch", "update"),
            });
        }

        return resource;
    }

    private static JsonObject LegacyGroup(IGrouping<string, ResourceKind> group)
    {
        JsonObject[] versions = [.. Versions(group).Select(version => new JsonObject { ["groupVersion"] = $"{group.Key}/{version}", ["version"] = version })];
        return new JsonObject
        {
            ["name"] = group.Key,
            ["versions"] = new JsonArray([.. versions]),
            ["preferredVersion"] = versions[0].DeepClone(),
        };
    }

    private async Task WriteVersionAsync(HttpContext context, string group, string version)
    {
        ResourceKind[] served = [.. kinds.All.Where(kind => kind.Group == group && kind.Versions.Contains(version))];
        if (served.Length == 0)
        {
            throw new ApiException(404, "NotFound", "the server could not find the requested resource");
        }

        if (StaleGroups.Contains(group))
        {
            throw new ApiException(503, "ServiceUnavailable", "service unavailable");
        }

        var resources = new JsonArray();
        foreach (ResourceKind kind in served)
        {
            resources.Add((JsonNode)new JsonObject
            {
                ["name"] = kind.Plural, ["singularName"] = kind.Singular, ["namespaced"] = kind.IsNamespaced, ["kind"] = kind.Name,
                ["verbs"] = Texts(kind.Verbs), ["shortNames"] = Texts(kind.ShortNames),
            });
            if (kind.HasStatus)
            {
                resources.Add((JsonNode)new JsonObject
                {
                    ["name"] = kind.Plural + "/status", ["singularName"] = "", ["namespaced"] = kind.IsNamespaced, ["kind"] = kind.Name,
                    ["verbs"] = new JsonArray("get", "patch", "update"),
                });
            }
        }

        await Answers.WriteAsync(context, 200, new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = resources,
        });
    }

    private static IEnumerable<string> Versions(IEnumerable<ResourceKind> group) =>
        group.SelectMany(kind => kind.Versions).Distinct().OrderByDescending(version => version, VersionOrder.Instance);

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
