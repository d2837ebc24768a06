using System.Collections.Immutable;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Asks a cluster what it serves: in two requests where it can tell all at once, else group by group.</summary>
internal sealed class DiscoveryReader(ApiClient client)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

    private readonly List<ApiResource> _found = [];
    private readonly List<CaptureGap> _gaps = [];

    public async Task<ApiCatalog> ReadAsync(CancellationToken cancellationToken)
    {
        foreach (string root in (string[])["/api", "/apis"])
        {
            ApiAnswer answer = (await client.SendAsync(ApiRequest.Get(root) with { Accept = Aggregated }, cancellationToken).ConfigureAwait(false)).OrThrow(root);
            using JsonDocument document = JsonDocument.Parse(answer.Json);
            switch (document.RootElement.Text("kind"))
            {
                case "APIGroupDiscoveryList":
                    ReadAggregated(document.RootElement);
                    break;
                case "APIVersions":
                    await ReadVersionsAsync("", [.. document.RootElement.Items("versions").Select(version => version.GetString() ?? "")], cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    foreach (JsonElement group in document.RootElement.Items("groups"))
                    {
                        string preferred = group.Member("preferredVersion").Text("version");
                        await ReadVersionsAsync(
                            group.Text("name"), [.. group.Items("versions").Select(version => version.Text("version")).OrderByDescending(version => version == preferred)], cancellationToken)
                            .ConfigureAwait(false);
                    }

                    break;
            }
        }

        // A kind counts once, in the version that its group names first; the others are what it is served in as well.
        IEnumerable<ApiResource> preferredFirst = _found.GroupBy(resource => (resource.Group, resource.Plural))
            .Select(versions => versions.First() with { ServedVersions = [.. versions.Select(resource => resource.ApiVersion)] });
        return new ApiCatalog([.. preferredFirst], [.. _gaps]);
    }

    private void ReadAggregated(JsonElement list)
    {
        foreach (JsonElement group in list.Items("items"))
        {
            string name = group.Member("metadata").Text("name");
            foreach (JsonElement version in group.Items("versions"))
            {
                if (version.Text("freshness") == "Stale")
                {
                    _gaps.Add(Lost(name, version.Text("version"), "the server behind it does not answer"));
                }

                foreach (JsonElement resource in version.Items("resources"))
                {
                    JsonElement kind = resource.Member("responseKind");
                    Add(new ApiResource(name, version.Text("version"), kind.Text("kind"), resource.Text("resource"), resource.Text("scope") == "Namespaced")
                    {
                        ShortNames = Texts(resource, "shortNames"), Verbs = Texts(resource, "verbs"),
                    });
                }
            }
        }
    }

    private async Task ReadVersionsAsync(string group, ImmutableArray<string> versions, CancellationToken cancellationToken)
    {
        foreach (string version in versions)
        {
            string path = group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";
            ApiAnswer answer = await client.SendAsync(ApiRequest.Get(path), cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccess)
            {
                _gaps.Add(Lost(group, version, answer.Status.Message));
                continue;
            }

            using JsonDocument document = JsonDocument.Parse(answer.Json);
            foreach (JsonElement resource in document.RootElement.Items("resources").Where(resource => !resource.Text("name").Contains('/', StringComparison.Ordinal)))
            {
                Add(new ApiResource(group, version, resource.Text("kind"), resource.Text("name"), resource.IsTrue("namespaced"))
                {
                    ShortNames = Texts(resource, "shortNames"), Verbs = Texts(resource, "verbs"),
                });
            }
        }
    }

    private void Add(ApiResource resource)
    {
        if (resource.Kind.Length > 0 && resource.Plural.Length > 0)
        {
            _found.Add(resource);
        }
    }

    private static CaptureGap Lost(string group, string version, string why) =>
        new(CaptureGapKind.Unavailable, group.Length == 0 ? version : $"{group}/{version}", $"What this version of the API holds is not known: {why}");

    private static ImmutableArray<string> Texts(JsonElement element, string name) => [.. element.Items(name).Select(item => item.GetString() ?? "")];
}
