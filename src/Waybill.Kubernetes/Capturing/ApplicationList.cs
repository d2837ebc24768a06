using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Lists what a cluster may have for applications: its namespaces, its Helm releases and its Application objects. Only metadata is read.</summary>
/// <param name="connection">The cluster; it stays the caller's.</param>
public sealed class ApplicationList(ClusterConnection connection)
{
    private const string MetadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

    private readonly List<CaptureGap> _gaps = [];

    /// <summary>Gets what could not be listed the last time.</summary>
    public IReadOnlyList<CaptureGap> Gaps => _gaps;

    /// <summary>Lists applications.</summary>
    /// <param name="namespaceName">The namespace; all of them if empty.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The applications: namespaces, then releases, then Application objects, each ordered by name.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ClusterUnreachable"/>, <see cref="WaybillErrorCode.ClusterRefused"/>, <see cref="WaybillErrorCode.ClusterFailed"/>.
    /// </exception>
    public async IAsyncEnumerable<ListedApplication> ListAsync(string namespaceName = "", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(namespaceName);
        _gaps.Clear();
        ApiCatalog catalog = await new DiscoveryReader(connection.Client).ReadAsync(cancellationToken).ConfigureAwait(false);
        _gaps.AddRange(catalog.Gaps);
        List<ListedApplication> found = [];
        string one = namespaceName.Length > 0 ? $"?fieldSelector={Uri.EscapeDataString($"metadata.name={namespaceName}")}" : "";
        await ReadAsync(catalog.FindInGroup("", "Namespace"), "", one, metadata => new ListedApplication(new ApplicationSelector.WholeNamespace(metadata.Text("name")), ListedApplicationKind.Namespace), found, cancellationToken)
            .ConfigureAwait(false);

        // The records of one release are many; only their labels are read, never what is in them.
        List<ListedApplication> releases = [];
        await ReadAsync(
            catalog.FindInGroup("", "Secret"),
            namespaceName,
            $"?labelSelector={Uri.EscapeDataString("owner=helm")}",
            metadata => new ListedApplication(new ApplicationSelector.HelmRelease(metadata.Text("namespace"), metadata.Member("labels").Text("name")), ListedApplicationKind.HelmRelease)
            {
                Description = metadata.Member("labels").Text("status"),
            },
            releases,
            cancellationToken).ConfigureAwait(false);
        found.AddRange(releases.OrderByDescending(release => release.Description == "deployed").DistinctBy(release => release.Selector).OrderBy(release => release.Selector.Text, StringComparer.Ordinal));
        await ReadAsync(
            catalog.FindInGroup(ScopeResolver.ApplicationGroup, "Application"),
            namespaceName,
            "",
            metadata => new ListedApplication(new ApplicationSelector.ApplicationObject(metadata.Text("namespace"), metadata.Text("name")), ListedApplicationKind.ApplicationObject),
            found,
            cancellationToken).ConfigureAwait(false);
        foreach (ListedApplication application in found)
        {
            yield return application;
        }
    }

    private async Task ReadAsync(
        ApiResource? resource, string namespaceName, string query, Func<JsonElement, ListedApplication> make, List<ListedApplication> found, CancellationToken cancellationToken)
    {
        if (resource is null)
        {
            return;
        }

        void Take(ReadOnlySequence<byte> item)
        {
            using JsonDocument document = JsonDocument.Parse(item);
            found.Add(make(document.RootElement.Member("metadata")));
        }

        ApiStatus? refused = await new ListReader(connection.Client, connection.Options.PageSize).ReadAsync(
            resource.PathOf(namespaceName) + query, MetadataOnly, Take, () => found.Count, mark => found.RemoveRange(mark, found.Count - mark), cancellationToken).ConfigureAwait(false);
        switch (refused)
        {
            case null:
                break;
            case { Code: 401 }:
                throw ApiErrors.Of(refused, resource.Key);
            default:
                _gaps.Add(new CaptureGap(refused.Code == 403 ? CaptureGapKind.Forbidden : CaptureGapKind.Unavailable, resource.Key, refused.Message));
                break;
        }
    }
}
