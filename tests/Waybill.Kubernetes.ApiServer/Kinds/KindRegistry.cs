using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Kinds;

/// <summary>The kinds a server serves: those it was built with, and those that custom resource definitions add.</summary>
public sealed class KindRegistry
{
    private ImmutableArray<ResourceKind> _kinds = BuiltInKinds.All;

    /// <summary>Gets all kinds, in the order in which they were added.</summary>
    public ImmutableArray<ResourceKind> All => _kinds;

    /// <summary>Finds a kind by what stands in a path.</summary>
    public ResourceKind? FindPlural(string group, string version, string plural) =>
        _kinds.FirstOrDefault(kind => kind.Group == group && kind.Plural == plural && kind.Versions.Contains(version));

    /// <summary>Finds a kind by what an object says of itself.</summary>
    public ResourceKind? FindName(string apiVersion, string name) =>
        _kinds.FirstOrDefault(kind => kind.Name == name && kind.Versions.Any(version => kind.ApiVersion(version) == apiVersion));

    /// <summary>Finds a kind by the name of the resource over all groups, such as <c>deployments.apps</c>.</summary>
    public ResourceKind Get(string key) => _kinds.First(kind => kind.Key == key);

    /// <summary>Adds a kind, or replaces the one of the same name.</summary>
    public void Add(ResourceKind kind) =>
        ImmutableInterlocked.Update(ref _kinds, (kinds, added) => [.. kinds.Where(known => known.Key != added.Key), added], kind);

    internal void Remove(string key) => ImmutableInterlocked.Update(ref _kinds, (kinds, removed) => [.. kinds.Where(kind => kind.Key != removed)], key);

    /// <summary>Reads a kind from a custom resource definition.</summary>
    internal static ResourceKind FromDefinition(JsonObject definition)
    {
        JsonNode spec = definition["spec"] ?? throw new ApiException(422, "Invalid", "spec: Required value");
        JsonNode names = spec["names"] ?? throw new ApiException(422, "Invalid", "spec.names: Required value");
        JsonNode[] versions = [.. (spec["versions"]?.AsArray() ?? []).OfType<JsonNode>().Where(version => version["served"]?.GetValue<bool>() == true)];
        return new ResourceKind(
            Text(spec, "group"), Text(names, "plural"), Text(names, "kind"), Text(spec, "scope") == "Namespaced")
        {
            Versions = [.. versions.Select(version => Text(version, "name")).OrderByDescending(version => version, VersionOrder.Instance)],
            ShortNames = [.. (names["shortNames"]?.AsArray() ?? []).Select(name => name!.GetValue<string>())],
            HasStatus = versions.Any(version => version["subresources"]?["status"] is not null),
            IsBuiltIn = false,
        };
    }

    private static string Text(JsonNode node, string name) =>
        node[name]?.GetValue<string>() ?? throw new ApiException(422, "Invalid", $"{name}: Required value");
}
